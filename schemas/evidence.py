"""Where a value was read: on a page, at a time, in a text, in a cell, or in data embedded in the file."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Box = tuple[float, float, float, float]
"""`(x0, y0, x1, y1)` as fractions of the page as displayed (after rotation and EXIF), origin top left."""


class _Evidence(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    quote: str
    """The words of the document, verbatim as read."""


class PageEvidence(_Evidence):
    """A place on a page of a PDF or an image."""

    kind: Literal["page"] = "page"
    page: Annotated[int, Field(ge=1)]
    """Counted from 1."""
    boxes: list[Box]
    """One box for each line that the quote covers."""


class TimeEvidence(_Evidence):
    """A stretch of a recording."""

    kind: Literal["time"] = "time"
    start: Annotated[float, Field(ge=0)]
    """Seconds from the beginning of the recording."""
    end: Annotated[float, Field(ge=0)]


class TextEvidence(_Evidence):
    """A range of characters in the content text of a document without pages."""

    kind: Literal["text"] = "text"
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    """One past the last character."""
    section: str | None = None
    """Headings above the place, joined with ` > `."""


class CellEvidence(_Evidence):
    """A cell of a spreadsheet."""

    kind: Literal["cell"] = "cell"
    sheet: str
    ref: str
    """As spreadsheets name it: `B7`."""


class EmbeddedEvidence(_Evidence):
    """A value of machine-readable data inside the file, such as an invoice's XML attachment."""

    kind: Literal["embedded"] = "embedded"
    source: str
    path: str


Evidence = Annotated[
    PageEvidence | TimeEvidence | TextEvidence | CellEvidence | EmbeddedEvidence, Field(discriminator="kind")
]
