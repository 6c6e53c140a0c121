"""A part as the parser child makes it: its text as a model reads it, and its measures."""

from dataclasses import dataclass

from pipeline.prompting.windows import PartKind


@dataclass(frozen=True, kw_only=True, slots=True)
class TextPart:
    """One part; see `Profile` for the measures."""

    number: int
    text: str
    kind: PartKind = "page"
    words: int = 0
    ocr: bool = False
    confidence: float | None = None
    tables: int = 0
    rows: int = 0
    pictured: float = 0.0
    form: float = 0.0
    width: float = 0.0
    height: float = 0.0
    pixels: bool = False
