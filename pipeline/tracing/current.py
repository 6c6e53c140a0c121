"""The span that the present piece of code works for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import ParamSpec, TypeVar

from pipeline.jobs.failures import classify
from pipeline.tracing.attributes import Facts
from pipeline.tracing.context import TraceContext, parse
from pipeline.tracing.spans import NO_SPAN, Kind, Span, Tracer

P = ParamSpec("P")
T = TypeVar("T")

_current: ContextVar[Span] = ContextVar("span", default=NO_SPAN)


def current() -> Span:
    """The present span; one that keeps nothing where there is none."""
    return _current.get()


def traceparent() -> str | None:
    """The present span as a header; `None` where there is none."""
    context = _current.get().context
    return None if context is None else context.header()


def nearest(stored: str | None) -> str | None:
    """Below what a job's consequence is to be traced: the present span where it is of the job's trace, else the job's.

    `stored` is the job's own; where it has none, the present span is all there is.
    """
    job, present = parse(stored), _current.get().context
    if job is None or (present is not None and present.trace_id == job.trace_id):
        return traceparent()
    return stored


@contextmanager
def active(span: Span) -> Iterator[None]:
    """The span is the present one while the block runs. No generator may be left inside such a block."""
    if span is NO_SPAN:
        yield
        return
    token = _current.set(span)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def spanned(
    tracer: Tracer,
    name: str,
    kind: Kind,
    *,
    parent: TraceContext | None,
    facts: Facts | None = None,
    link: TraceContext | None = None,
) -> Iterator[Span]:
    """A span around a block; it has failed where the block raises."""
    span = tracer.start(name, kind, parent=parent, facts=facts, link=link)
    with active(span):
        try:
            yield span
        except BaseException as error:
            note_failure(span, error)
            raise
        finally:
            span.end()


def note_failure(span: Span, error: BaseException) -> None:
    """The span has failed with this, told by the failure's name and not by its words."""
    if span is not NO_SPAN:
        failure = classify(error)
        span.fail(failure.name, failure.category)


def carried(function: Callable[P, T]) -> Callable[P, T]:
    """The function with the present span as its own, for another thread to call once."""
    context = copy_context()

    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return context.run(function, *args, **kwargs)

    return run
