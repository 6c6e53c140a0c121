"""The `Tracer` on OpenTelemetry's SDK.

Exporter, endpoint, headers, sampling, batches and resource are the SDK's own to read, from its standard variables
(`OTEL_…`). Parents are given explicitly: the SDK's notion of a present span is not used.
"""

import logging
import os
import socket
import threading
import time
from importlib import metadata

from opentelemetry.context import Context
from opentelemetry.sdk.resources import HOST_NAME, PROCESS_PID, SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.trace import Span as Timed

from pipeline.errors import SettingsError
from pipeline.tracing.attributes import Facts, Value
from pipeline.tracing.context import SAMPLED, TraceContext
from pipeline.tracing.spans import Kind, Span

log = logging.getLogger("sheaf.tracing")

SERVICE = "sheaf"
CLOSE_SECONDS = 3.0
"""How long the last spans may take to be handed over: a collector that is away must not hold up a stop."""
VALUE_LENGTH = 200
"""Ids and names are shorter."""
COMPLAIN_SECONDS = 60.0
"""Between two lines in the log about a collector that does not take spans."""
EXPORTERS = "opentelemetry_traces_exporter"
PROTOCOLS = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}
DEFAULT_ENDPOINTS = {"http/protobuf": "http://localhost:4318", "grpc": "http://localhost:4317"}
KINDS: dict[Kind, SpanKind] = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}


class OtelSpan:
    """A span of the SDK."""

    def __init__(self, span: Timed) -> None:
        self._span = span
        found = span.get_span_context()
        self.context = _ours(found) if found.is_valid else None

    def rename(self, name: str) -> None:
        """Give it another name."""
        self._span.update_name(name)

    def note(self, facts: Facts) -> None:
        """Set attributes."""
        self._span.set_attributes(_attributes(facts))

    def fail(self, name: str | None = None, category: str | None = None) -> None:
        """Set the status, and what kind of error it was."""
        self._span.set_status(Status(StatusCode.ERROR))
        self.note({"error.type": name, "sheaf.error.category": category})

    def end(self) -> None:
        """Hand it to the processor, which waits for nobody."""
        self._span.end()


class OtelTracer:
    """Spans of one process, given to a processor in the end."""

    def __init__(self, processor: SpanProcessor | None) -> None:
        """Without a processor spans have names and places, and are kept by nobody."""
        self._provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        if processor is not None:
            self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer(SERVICE, metadata.version(SERVICE))

    def start(
        self,
        name: str,
        kind: Kind,
        *,
        parent: TraceContext | None,
        facts: Facts | None = None,
        link: TraceContext | None = None,
    ) -> Span:
        """Begin a span; whether it is recorded is the sampler's word."""
        above = Context() if parent is None else set_span_in_context(NonRecordingSpan(_theirs(parent)), Context())
        span = self._tracer.start_span(
            name,
            above,
            KINDS[kind],
            _attributes(facts or {}),
            [Link(_theirs(link))] if link is not None else None,
            record_exception=False,  # an exception's message may quote a document
            set_status_on_exception=False,
        )
        return OtelSpan(span)

    def close(self) -> None:
        """Hand over the rest; the SDK's own end may take half a minute, and is waited for only a little."""
        ending = threading.Thread(target=self._provider.shutdown, name="sheaf-tracing-end", daemon=True)
        ending.start()
        ending.join(CLOSE_SECONDS)
        if ending.is_alive():
            log.warning("the last spans were not taken within %g s", CLOSE_SECONDS)


def exporting_tracer() -> OtelTracer:
    """The tracer that the variables of OpenTelemetry ask for.

    Raises:
        SettingsError: they name an exporter or a protocol that is not installed, or make no sense.
    """
    _quieten()
    exporter = _exporter()
    try:
        return OtelTracer(BatchSpanProcessor(exporter) if exporter is not None else None)
    except ValueError as error:
        raise SettingsError(f"OTEL_BSP_…: {error}") from error


def _exporter() -> SpanExporter | None:
    name = _variable("OTEL_TRACES_EXPORTER") or "otlp"
    if name == "none":
        return None
    wanted = PROTOCOLS.get(_protocol(), "") if name == "otlp" else name
    found = list(metadata.entry_points(group=EXPORTERS, name=wanted))
    if not found:
        asked = f"OTEL_EXPORTER_OTLP_PROTOCOL={_protocol()}" if name == "otlp" else f"OTEL_TRACES_EXPORTER={name}"
        there = ", ".join(sorted(metadata.entry_points(group=EXPORTERS).names))
        raise SettingsError(f"{asked}: no such exporter is installed; there are {there}")
    try:
        made = found[0].load()()
    except (ValueError, OSError) as error:
        raise SettingsError(f"the exporter {wanted} refuses its variables (OTEL_…): {error}") from error
    assert isinstance(made, SpanExporter)
    return made


def destination() -> str | None:
    """The address that spans are sent to; `None` where they are not sent by OTLP."""
    if (_variable("OTEL_TRACES_EXPORTER") or "otlp") != "otlp":
        return None
    named = _variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or _variable("OTEL_EXPORTER_OTLP_ENDPOINT")
    return named or DEFAULT_ENDPOINTS.get(_protocol())


def _protocol() -> str:
    named = _variable("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or _variable("OTEL_EXPORTER_OTLP_PROTOCOL")
    return named or "http/protobuf"


def _variable(name: str) -> str:
    """An empty one counts as unset (OpenTelemetry, environment variable specification)."""
    return os.environ.get(name, "").strip()


def _resource() -> Resource:
    """What all spans of the process carry; what the variables say goes before what we say."""
    told = Resource.create()
    # Host and process as the column `worker` of a stage names them.
    ours: dict[str, str | int] = {SERVICE_VERSION: metadata.version(SERVICE)}
    ours |= {HOST_NAME: socket.gethostname(), PROCESS_PID: os.getpid()}
    made = Resource(ours).merge(told)
    named = not str(told.attributes.get(SERVICE_NAME, "")).startswith("unknown_service")
    return made if named else made.merge(Resource({SERVICE_NAME: SERVICE}))


def _attributes(facts: Facts) -> dict[str, Value]:
    return {
        name: value[:VALUE_LENGTH] if isinstance(value, str) else value
        for name, value in facts.items()
        if value is not None
    }


def _ours(context: SpanContext) -> TraceContext:
    return TraceContext(
        trace_id=f"{context.trace_id:032x}",
        span_id=f"{context.span_id:016x}",
        sampled=bool(context.trace_flags & SAMPLED),
    )


def _theirs(context: TraceContext) -> SpanContext:
    return SpanContext(
        int(context.trace_id, 16),
        int(context.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(SAMPLED if context.sampled else 0),
    )


class _Seldom(logging.Handler):
    """What the SDK says goes on under our name, and not again and again while a collector is away."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said = float("-inf")

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on the first line of a minute."""
        now = time.monotonic()
        if now - self._said >= COMPLAIN_SECONDS:
            self._said = now
            log.warning("OpenTelemetry: %s", record.getMessage())


def _quieten() -> None:
    library = logging.getLogger("opentelemetry")
    library.propagate = False
    if not any(isinstance(handler, _Seldom) for handler in library.handlers):
        library.addHandler(_Seldom())
