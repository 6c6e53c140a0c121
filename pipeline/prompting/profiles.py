"""What the planner knows of a part: a few numbers, whatever its text is long."""

from dataclasses import dataclass

from pipeline.prompting.measures import Measures


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A stretch of the text of a part that is too long to be shown whole."""

    start: int
    stop: int
    """In characters, half open."""
    tokens: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile(Measures):
    """One part of a document, measured."""

    text_tokens: int
    """Of its text as shown, without its fence."""
    tail: Piece | None = None
    """The end of its text, where that is long enough to be shown again without the rest."""
    pieces: tuple[Piece, ...] = ()
    """Its text in order, where it is too long for one window; else empty."""
