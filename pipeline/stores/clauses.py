"""What points are asked for, in words of ours, and how it is written for Qdrant's libraries.

Both of them, Edge and the server's client, have filters of the same shape, of classes of their own.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Match:
    """The key holds one of the keywords."""

    key: str
    values: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """The key holds a number between the ends."""

    key: str
    low: float | None
    high: float | None
    open: bool
    """Whether the ends lie outside."""


@dataclass(frozen=True, slots=True)
class Element:
    """One object of the key's list fulfils all of these."""

    key: str
    parts: Sequence[Match | Span]


@dataclass(frozen=True, slots=True)
class Ids:
    """The point is one of these."""

    values: Collection[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """All of `must`, none of `must_not`, and one of `should` where there are some."""

    must: "Sequence[Part]" = ()
    should: "Sequence[Part]" = ()
    must_not: "Sequence[Part]" = ()


Part = Match | Span | Element | Ids | Clause


@dataclass(frozen=True, kw_only=True, slots=True)
class Writer:
    """Writes clauses with the classes of one library."""

    filter: Callable[..., Any]
    """Takes `must`, `should` and `must_not`."""
    field: Callable[..., Any]
    """Takes `key`, and `match` or `range`."""
    ids: Callable[[Collection[str]], Any]
    any_of: Callable[[list[str]], Any]
    span: Callable[..., Any]
    """Takes two of `gt`, `gte`, `lt` and `lte`."""
    element: Callable[[str, Any], Any]

    def write(self, wanted: Clause) -> Any:  # noqa: ANN401 - the library's type
        """The library's filter."""
        must, should, must_not = (
            [self._part(part) for part in parts] or None for parts in (wanted.must, wanted.should, wanted.must_not)
        )
        return self.filter(must=must, should=should, must_not=must_not)

    def _part(self, part: Part) -> Any:  # noqa: ANN401 - the library's type
        match part:
            case Clause():
                return self.write(part)
            case Ids(values):
                return self.ids(values)
            case Match(key, values):
                return self.field(key=key, match=self.any_of(list(values)))
            case Span(key=key, low=low, high=high, open=opened):
                ends = {"gt": low, "lt": high} if opened else {"gte": low, "lte": high}
                return self.field(key=key, range=self.span(**ends))
            case Element(key, parts):
                return self.element(key, self.write(Clause(must=parts)))
