"""The ports `Tracer` and `Span`, and what stands for them where nothing is traced."""

from typing import Literal, Protocol

from pipeline.tracing.attributes import Facts
from pipeline.tracing.context import TraceContext

Kind = Literal["server", "client", "producer", "consumer"]
"""Answers a caller; waits for another's answer; leaves work for later; does work that was left."""


class Span(Protocol):
    """A piece of work that takes time. Thread-safe; nothing here raises, or waits for anybody."""

    @property
    def context(self) -> TraceContext | None:
        """What names it to others; `None` where nothing is traced."""

    def rename(self, name: str) -> None:
        """Give it another name: one of few, without ids."""

    def note(self, facts: Facts) -> None:
        """Say more about it; what was said before under the same name is replaced."""

    def fail(self, name: str | None = None, category: str | None = None) -> None:
        """It ended badly; `name` says how, in a word of ours, never in the words of an exception."""

    def end(self) -> None:
        """It is over; what comes afterwards is dropped."""


class Tracer(Protocol):
    """Begins spans. Thread-safe; a collector that is slow or away costs spans, and never time."""

    def start(
        self,
        name: str,
        kind: Kind,
        *,
        parent: TraceContext | None,
        facts: Facts | None = None,
        link: TraceContext | None = None,
    ) -> Span:
        """Begin a span, below `parent` or as the root of a new trace; `link` names one that is related besides."""

    def close(self) -> None:
        """Hand over what has ended, within a few seconds; what cannot be handed over by then is dropped."""


class NoSpan:
    """Nothing is timed."""

    context: TraceContext | None = None

    def rename(self, name: str) -> None:
        """Not kept."""

    def note(self, facts: Facts) -> None:
        """Not kept."""

    def fail(self, name: str | None = None, category: str | None = None) -> None:
        """Not kept."""

    def end(self) -> None:
        """It never began."""


NO_SPAN: Span = NoSpan()


class NoTracer:
    """Traces nothing: the default."""

    def start(
        self,
        name: str,
        kind: Kind,
        *,
        parent: TraceContext | None,
        facts: Facts | None = None,
        link: TraceContext | None = None,
    ) -> Span:
        """No span."""
        del name, kind, parent, facts, link
        return NO_SPAN

    def close(self) -> None:
        """There is nothing to hand over."""


NO_TRACER: Tracer = NoTracer()
