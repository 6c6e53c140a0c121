"""The tracer that OpenTelemetry's variables set up, with collectors that take spans, are away, or say nothing."""

import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from pipeline.errors import SettingsError
from pipeline.tracing.otel import CLOSE_SECONDS, OtelTracer, destination, exporting_tracer
from tests.support.servers import free_port
from tests.support.traces import collector

SPANS = 5_000


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    as_at_first()  # other tests have made tracers, too, and pytest listens to every logger that passes nothing on
    yield monkeypatch
    as_at_first()


def as_at_first() -> None:
    library = logging.getLogger("opentelemetry")
    library.propagate, library.handlers = True, []


def trace(tracer: OtelTracer, count: int = 1) -> float:
    """Make spans; the longest that any of them held up its maker, in seconds."""
    worst = 0.0
    for _ in range(count):
        started = time.perf_counter()
        tracer.start("stage read", "consumer", parent=None, facts={"sheaf.job": "job_1"}).end()
        worst = max(worst, time.perf_counter() - started)
    return worst


def test_spans_are_sent_by_otlp_to_the_endpoint_of_the_variables(environment: pytest.MonkeyPatch) -> None:
    with collector() as taken:
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", taken.url)
        environment.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
        tracer = exporting_tracer()
        trace(tracer, 3)
        tracer.close()
        found = taken.spans()
    assert [span.name for _, span in found] == ["stage read"] * 3
    assert {service for (service, _), _ in found} == {"sheaf"}
    assert b"deployment.environment.name" in taken.bodies[0]


def test_the_name_of_the_service_is_the_variables_where_they_have_one(environment: pytest.MonkeyPatch) -> None:
    with collector() as taken:
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", taken.url)
        environment.setenv("OTEL_SERVICE_NAME", "sheaf-gpu")
        tracer = exporting_tracer()
        trace(tracer)
        tracer.close()
        assert {service for (service, _), _ in taken.spans()} == {"sheaf-gpu"}


def test_sampling_is_the_variables(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    environment.setenv("OTEL_TRACES_SAMPLER_ARG", "0")
    with collector() as taken:
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", taken.url)
        tracer = exporting_tracer()
        trace(tracer, 3)
        tracer.close()
        assert taken.spans() == []


@pytest.fixture
def silent() -> Iterator[str]:
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_collector_that_is_away_costs_no_time_and_is_told_of_once(
    environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    holds_up(caplog)


def test_a_collector_that_says_nothing_costs_no_time(
    environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, silent: str
) -> None:
    environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", silent)
    holds_up(caplog)


def holds_up(caplog: pytest.LogCaptureFixture) -> None:
    """More spans than the queue takes: whoever makes them waits for nobody, and neither does the end of the process."""
    tracer = exporting_tracer()
    waits: list[float] = []
    makers = [threading.Thread(target=lambda: waits.append(trace(tracer, SPANS // 4))) for _ in range(4)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    # A request to the collector takes ten seconds before it is given up; a busy machine takes its own time.
    assert max(waits) < 8.0
    started = time.monotonic()
    tracer.close()
    assert time.monotonic() - started < CLOSE_SECONDS + 5.0
    said = [record for record in caplog.records if record.getMessage().startswith("OpenTelemetry")]
    assert len(said) <= 1
    assert not any(record.name.startswith("opentelemetry") for record in caplog.records)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER=zipkin"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "carrier-pigeon"}, "OTEL_EXPORTER_OTLP_PROTOCOL=carrier-pigeon"),
        ({"OTEL_BSP_MAX_QUEUE_SIZE": "0"}, "OTEL_BSP"),
    ],
    ids=["exporter", "protocol", "queue"],
)
def test_variables_that_cannot_be_followed_stop_the_start_and_are_named(
    environment: pytest.MonkeyPatch, variables: dict[str, str], named: str
) -> None:
    for name, value in variables.items():
        environment.setenv(name, value)
    with pytest.raises(SettingsError, match=named):
        exporting_tracer()


def test_spans_may_be_kept_by_nobody(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OTEL_TRACES_EXPORTER", "none")
    tracer = exporting_tracer()
    assert tracer.start("stage read", "consumer", parent=None).context is not None
    tracer.close()


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "http://localhost:4318"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "http://localhost:4317"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:1"}, "http://a:1"),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:1", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://b:2"},
            "http://b:2",
        ),
        ({"OTEL_TRACES_EXPORTER": "console"}, None),
    ],
)
def test_where_spans_go_is_known(
    environment: pytest.MonkeyPatch, variables: dict[str, str], expected: str | None
) -> None:
    for name, value in variables.items():
        environment.setenv(name, value)
    assert destination() == expected
