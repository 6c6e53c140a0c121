"""What was traced: a tracer of the SDK whose spans stay in memory, and a collector that takes them over HTTP."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, get_args

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pipeline.tracing.attributes import Attribute
from pipeline.tracing.otel import OtelTracer
from tests.support.waiting import until

KNOWN = frozenset(get_args(Attribute))


@dataclass(frozen=True)
class Seen:
    """A span as a reader of traces sees it."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str | None
    links: tuple[str, ...]
    failed: bool
    facts: dict[str, Any]
    rest: str
    """All that it holds, as text."""


class Recorder:
    """A tracer, and what it has recorded."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracer = OtelTracer(SimpleSpanProcessor(self._exporter))

    @property
    def spans(self) -> list[Seen]:
        """In the order of their ends."""
        return [_seen(span) for span in self._exporter.get_finished_spans()]

    def named(self, name: str) -> list[Seen]:
        return [span for span in self.spans if span.name == name]

    def one(self, name: str) -> Seen:
        """The only one of that name; a request's ends a moment after its answer has come."""
        self.wait(name)
        (span,) = self.named(name)
        return span

    def wait(self, *names: str) -> None:
        """Until each of these has ended."""
        until(lambda: {span.name for span in self.spans} >= set(names))

    def clear(self) -> None:
        self._exporter.clear()


def _seen(span: ReadableSpan) -> Seen:
    assert span.context is not None
    facts = dict(span.attributes or {})
    assert set(facts) <= KNOWN
    return Seen(
        name=span.name,
        kind=span.kind.name.lower(),
        trace=f"{span.context.trace_id:032x}",
        id=f"{span.context.span_id:016x}",
        parent=f"{span.parent.span_id:016x}" if span.parent else None,
        links=tuple(f"{link.context.span_id:016x}" for link in span.links),
        failed=not span.status.is_ok,
        facts=facts,
        rest=span.to_json(),
    )


def above(spans: Sequence[Seen], span: Seen) -> list[str]:
    """The names of a span and of all above it, from itself up to where they are known."""
    known = {one.id: one for one in spans}
    names, at = [span.name], known.get(span.parent or "")
    while at is not None:
        names.append(at.name)
        at = known.get(at.parent or "")
    return names


@dataclass
class Collector:
    """Takes spans as OTLP over HTTP."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def spans(self) -> list[Any]:
        """Every span that came, as a message of OTLP, with its process's `service.name` and `process.pid`."""
        found = []
        for body in list(self.bodies):
            for group in ExportTraceServiceRequest.FromString(body).resource_spans:
                of = {each.key: each.value for each in group.resource.attributes}
                told = (of["service.name"].string_value, of["process.pid"].int_value)
                found += [(told, span) for scope in group.scope_spans for span in scope.spans]
        return found


@contextmanager
def collector() -> Iterator[Collector]:
    state = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) < length:  # who sends it was killed
                return
            state.bodies.append(body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
