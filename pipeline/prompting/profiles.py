"""What the planner knows of a part: a few numbers, whatever its text is long."""

from dataclasses import dataclass

from pipeline.prompting.windows import PartKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A stretch of the text of a part that is too long to be shown whole."""

    start: int
    stop: int
    """In characters, half open."""
    tokens: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """One part of a document, measured."""

    number: int
    kind: PartKind = "page"
    text_tokens: int
    """Of its text as shown, without its fence."""
    words: int = 0
    ocr: bool = False
    """Whether its words were read by OCR, ours or that of whoever made the file."""
    confidence: float | None = None
    """Of those words, on average, from 0 to 1; `None` where the text layer was read."""
    tables: int = 0
    rows: int = 0
    """Of its tables, the headers left out."""
    pictured: float = 0.0
    """Share of the page under pictures and drawings, from 0 to 1."""
    form: float = 0.0
    """How much it looks like a form, from 0 to 1: short labels and blanks instead of sentences."""
    width: float = 0.0
    height: float = 0.0
    """In points; 0 for a part that has no picture."""
    pixels: bool = False
    """Whether its size is in pixels, as an image's."""
    tail: Piece | None = None
    """The end of its text, where that is long enough to be shown again without the rest."""
    pieces: tuple[Piece, ...] = ()
    """Its text in order, where it is too long for one window; else empty."""
