"""What every tracer does, and what the one on OpenTelemetry's SDK does besides."""

import pytest

from pipeline.tracing.context import TraceContext, parse
from pipeline.tracing.otel import VALUE_LENGTH
from pipeline.tracing.spans import NO_SPAN, NO_TRACER, Tracer
from tests.support.traces import Recorder

CLIENT = TraceContext(trace_id="0af7651916cd43dd8448eb211c80319c", span_id="b7ad6b7169203331", sampled=True)


class TracerContract:
    """Nothing of it raises, in whatever order it is called."""

    @pytest.fixture
    def tracer(self) -> Tracer:
        raise NotImplementedError

    def test_a_span_takes_everything_in_any_order_and_after_its_end(self, tracer: Tracer) -> None:
        span = tracer.start("a", "consumer", parent=CLIENT, facts={"sheaf.job": "job_1"}, link=CLIENT)
        for _ in range(2):
            span.note({"sheaf.attempt": 1, "sheaf.document": None})
            span.fail("parser-crashed", "parser")
            span.fail()
            span.rename("b")
            span.end()

    def test_its_context_is_none_or_can_be_a_parent_elsewhere(self, tracer: Tracer) -> None:
        context = tracer.start("a", "server", parent=CLIENT).context
        if context is not None:
            assert parse(context.header()) == context
            assert context.trace_id == CLIENT.trace_id
            assert tracer.start("b", "client", parent=context).context is not None

    def test_it_is_closed_more_than_once(self, tracer: Tracer) -> None:
        tracer.close()
        tracer.close()
        tracer.start("late", "client", parent=None).end()


class TestNoTracer(TracerContract):
    @pytest.fixture
    def tracer(self) -> Tracer:
        return NO_TRACER

    def test_it_makes_nothing(self) -> None:
        assert NO_TRACER.start("a", "server", parent=CLIENT) is NO_SPAN


class TestOtelTracer(TracerContract):
    @pytest.fixture
    def recorder(self) -> Recorder:
        return Recorder()

    @pytest.fixture
    def tracer(self, recorder: Recorder) -> Tracer:
        return recorder.tracer

    def test_a_span_is_below_its_parent_and_in_its_trace(self, recorder: Recorder) -> None:
        recorder.tracer.start("a", "server", parent=CLIENT, link=CLIENT).end()
        seen = recorder.one("a")
        assert (seen.trace, seen.parent, seen.kind) == (CLIENT.trace_id, CLIENT.span_id, "server")
        assert seen.links == (CLIENT.span_id,)

    def test_a_span_without_a_parent_begins_a_trace(self, recorder: Recorder) -> None:
        for _ in range(2):
            recorder.tracer.start("a", "producer", parent=None).end()
        first, second = recorder.named("a")
        assert (first.parent, second.parent) == (None, None)
        assert first.trace != second.trace

    def test_what_its_parent_does_not_record_is_not_recorded_and_has_a_place_all_the_same(
        self, recorder: Recorder
    ) -> None:
        unsampled = TraceContext(trace_id=CLIENT.trace_id, span_id=CLIENT.span_id, sampled=False)
        span = recorder.tracer.start("a", "server", parent=unsampled)
        span.end()
        assert span.context is not None
        assert (span.context.trace_id, span.context.sampled) == (CLIENT.trace_id, False)
        assert recorder.spans == []

    def test_a_failure_is_its_name_and_its_category(self, recorder: Recorder) -> None:
        span = recorder.tracer.start("a", "client", parent=None)
        span.fail("model-timeout", "model")
        span.end()
        seen = recorder.one("a")
        assert seen.failed
        assert seen.facts == {"error.type": "model-timeout", "sheaf.error.category": "model"}

    def test_what_is_unknown_is_left_out_and_what_is_long_is_cut(self, recorder: Recorder) -> None:
        recorder.tracer.start("a", "client", parent=None, facts={"sheaf.job": None, "http.route": "x" * 999}).end()
        assert recorder.one("a").facts == {"http.route": "x" * VALUE_LENGTH}
