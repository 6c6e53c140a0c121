"""What a document holds once it has been read, whatever file it came from.

Exactly one of the four shapes is filled, named by `Document.shape`:

- `pages` (PDF, images): words with boxes, blocks in reading order, tables;
- `text` (DOCX, PPTX, HTML, Markdown, plain text, mail): one content text and blocks that are ranges of it;
- `sheets` (XLSX): cells;
- `segments` (recordings): what was said, with times.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.embedded import EmbeddedData
from schemas.evidence import Box

BlockKind = Literal["heading", "paragraph", "list_item", "table", "caption", "header", "footer", "code", "quote"]
Shape = Literal["pages", "text", "sheets", "segments"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Words(_Model):
    """The words of a page as columns of equal length, in reading order: one entry a word."""

    text: list[str] = []
    x0: list[float] = []
    y0: list[float] = []
    x1: list[float] = []
    y1: list[float] = []
    """Boxes as fractions of the page as displayed, origin top left."""
    line: list[int] = []
    """Index of the word's line on the page, counted from 0, ascending."""
    confidence: list[float] | None = None
    """The OCR engine's own score from 0 to 1; `None` where the text layer was read."""

    def __len__(self) -> int:
        return len(self.text)

    def box(self, index: int) -> Box:
        """The box of one word."""
        return (self.x0[index], self.y0[index], self.x1[index], self.y1[index])


class Cell(_Model):
    """One cell of a table; merged cells appear once, at their top left."""

    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    text: str
    box: Box | None = None


class Table(_Model):
    """A grid of `rows` by `columns` cells, counted from 0."""

    rows: int
    columns: int
    cells: list[Cell]
    header_rows: int = 0
    """How many leading rows name the columns."""
    box: Box | None = None

    def grid(self) -> list[list[str]]:
        """The texts row by row; a merged cell's text stands at its top left and the rest of it is empty."""
        rows = [[""] * self.columns for _ in range(self.rows)]
        for cell in self.cells:
            rows[cell.row][cell.column] = cell.text
        return rows


class Block(_Model):
    """A paragraph, heading, table and so on: the words `start` to `stop` of its page (half open), in reading order."""

    kind: BlockKind
    start: int
    stop: int
    box: Box
    level: int | None = None
    """1 to 6 for headings."""
    table: Table | None = None


class Page(_Model):
    """One page as displayed (after rotation and EXIF)."""

    number: Annotated[int, Field(ge=1)]
    width: float
    height: float
    """In points (1/72 inch) for PDF, in pixels for images."""
    rotation: Literal[0, 90, 180, 270] = 0
    """Degrees clockwise by which the stored page was turned to be displayed."""
    source: Literal["text", "ocr", "none"]
    """Where the words came from; `none` for a page that holds none or could not be read."""
    words: Words = Words()
    blocks: list[Block] = []
    pictures: list[Box] = []
    """Bitmaps and drawings beside the words, the largest first; none of a page that OCR read, which is one itself."""
    problem: str | None = None
    """Why the page could not be read."""


class TextBlock(_Model):
    """A range of `Document.text` (half open)."""

    kind: BlockKind
    start: int
    stop: int
    level: int | None = None
    section: list[str] = []
    """Headings above the block, outermost first."""
    table: Table | None = None


class SheetCell(_Model):
    """A filled cell; `row` and `column` counted from 0."""

    row: int
    column: int
    ref: str
    text: str


class Sheet(_Model):
    """One sheet of a workbook: its filled cells, row by row."""

    name: str
    cells: list[SheetCell]


class Segment(_Model):
    """A stretch of speech; seconds from the beginning of the recording."""

    start: float
    end: float
    text: str
    confidence: float | None = None
    speaker: str | None = None


class Notice(_Model):
    """Something a reader of the result should know."""

    code: str
    message: str
    where: str | None = None
    """A JSON Pointer into the data, or `page N`."""


class Document(_Model):
    """A document as read. `shape` says which of `pages`, `text`, `sheets`, `segments` is filled."""

    shape: Shape
    media_type: str
    title: str | None = None
    language: str | None = None
    """ISO 639-1, or `None` where it cannot be told."""
    pages: list[Page] = []
    text: str = ""
    blocks: list[TextBlock] = []
    sheets: list[Sheet] = []
    segments: list[Segment] = []
    seconds: float | None = None
    """Length of a recording."""
    quality: Literal["draft", "normal"] = "normal"
    """`draft` for transcripts by the built-in acoustic model."""
    produced_by: dict[str, str] = {}
    """Engine name → version."""
    embedded: list[EmbeddedData] = []
    """What the file carries for machines: an attached XML invoice, XMP metadata, QR codes of payments."""
    warnings: list[Notice] = []

    @property
    def pages_failed(self) -> list[int]:
        """Numbers of the pages that could not be read."""
        return [page.number for page in self.pages if page.problem is not None]
