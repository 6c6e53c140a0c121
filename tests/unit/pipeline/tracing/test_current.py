"""The present span: in this thread, in the threads that work for it, and nowhere else."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.errors import ModelTimeout
from pipeline.tracing.current import active, carried, current, nearest, spanned, traceparent
from pipeline.tracing.spans import NO_SPAN, NO_TRACER
from tests.support.traces import Recorder

OTHER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def test_there_is_none_outside_of_a_block(recorder: Recorder) -> None:
    with spanned(recorder.tracer, "a", "server", parent=None) as span:
        assert current() is span
    assert current() is NO_SPAN
    assert traceparent() is None


def test_where_nothing_is_traced_nothing_is_present() -> None:
    with spanned(NO_TRACER, "a", "server", parent=None) as span:
        assert span is current() is NO_SPAN


def test_blocks_nest(recorder: Recorder) -> None:
    outer, inner = (recorder.tracer.start(name, "server", parent=None) for name in "ab")
    with active(outer):
        with active(inner):
            assert current() is inner
        assert current() is outer


def test_a_block_that_raises_has_failed_in_a_word_of_ours(recorder: Recorder) -> None:
    with (
        pytest.raises(ModelTimeout, match="marmalade"),
        spanned(recorder.tracer, "a", "client", parent=None),
    ):
        raise ModelTimeout("no answer about marmalade")
    with (
        pytest.raises(ValueError, match="marmalade"),
        spanned(recorder.tracer, "b", "client", parent=None),
    ):
        raise ValueError("marmalade")
    assert [span.facts["error.type"] for span in recorder.spans] == ["model-timeout", "internal-error"]
    assert all(span.failed and "marmalade" not in span.rest for span in recorder.spans)


def test_other_threads_have_the_span_only_where_it_is_carried_to_them(recorder: Recorder) -> None:
    with ThreadPoolExecutor(1) as pool, spanned(recorder.tracer, "a", "server", parent=None) as span:
        assert pool.submit(current).result() is NO_SPAN
        assert pool.submit(carried(current)).result() is span
        assert pool.submit(current).result() is NO_SPAN


def test_what_a_job_brings_about_is_below_the_present_span_of_its_trace_else_below_the_job(recorder: Recorder) -> None:
    assert nearest(None) is None
    assert nearest(OTHER) == OTHER
    with spanned(recorder.tracer, "a", "consumer", parent=None) as upload:
        assert upload.context is not None
        assert nearest(None) == traceparent()
        assert nearest(OTHER) == OTHER, "a request about a job is no part of its trace"
        with spanned(recorder.tracer, "b", "consumer", parent=upload.context):
            assert nearest(upload.context.header()) == traceparent()
