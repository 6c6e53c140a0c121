"""What is measured of a part: by the parser child, for the planner."""

from dataclasses import dataclass

from pipeline.prompting.windows import PartKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Measures:
    """A page, or a stretch of a document without pages."""

    number: int
    kind: PartKind = "page"
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
