"""Windows over a document: the parts that one request shows, and in which form.

A part is a page; of a document without pages a stretch of its text, sheets or segments. Parts are numbered from 1.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from pipeline.models.chat import ImagePart
from pipeline.models.llama4 import Canvas

PartKind = Literal["page", "part"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PartForm:
    """How one part is shown."""

    number: int
    text: bool
    """Whether its text is sent."""
    canvas: Canvas | None = None
    """Tiles of its picture, where one is sent."""
    tokens: int
    """What it costs in this form, exactly as counted, its fence included."""
    span: tuple[int, int] | None = None
    """Which characters of its text are sent (half open); `None` for all of it."""
    kind: PartKind = "page"
    ocr: bool = False
    """Whether its text was read by OCR, which the model is told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Neighbouring parts that go into one request."""

    forms: tuple[PartForm, ...]
    overlap: int = 0
    """How many of its leading parts the window before it shows too."""

    @property
    def tokens(self) -> int:
        """Of all its parts together."""
        return sum(form.tokens for form in self.forms)

    @property
    def images(self) -> int:
        """How many pictures it sends."""
        return sum(form.canvas is not None for form in self.forms)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Its parts' numbers, each once."""
        return tuple(dict.fromkeys(form.number for form in self.forms))


class Material(Protocol):
    """Gives what a window shows; asked for one window at a time."""

    def text(self, number: int) -> str:
        """The text of a part as it is put into the prompt."""

    def images(self, wanted: dict[int, Canvas]) -> dict[int, ImagePart]:
        """Pictures of parts, each scaled and padded to its canvas exactly.

        Raises:
            ParserError: a page could not be rendered.
        """
