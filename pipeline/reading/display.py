"""Pages of a document as they are displayed: rotation, EXIF and the pixel limit are heeded."""

from typing import BinaryIO, Protocol

from pipeline.errors import UnsupportedType
from pipeline.reading.layout.marks import Bitmap
from pipeline.reading.options import ReadingOptions


class Display(Protocol):
    """An open document whose pages can be shown; pages are counted from 1."""

    @property
    def count(self) -> int:
        """How many pages there are."""

    def size(self, number: int) -> tuple[float, float]:
        """Width and height of a page in its own units; only their ratio counts."""

    def bitmap(self, number: int, side_px: int) -> Bitmap:
        """A page; its longer side is `side_px` where it can be drawn at any size, else what the file holds."""


def open_display(source: BinaryIO, options: ReadingOptions) -> Display:
    """The document's pages.

    Raises:
        UnsupportedType: it has no pages to show.
        InputError: it cannot be opened.
    """
    if options.media_type == "application/pdf":
        return _PdfDisplay(source, options)
    if options.media_type.startswith("image/"):
        return _ImageDisplay(source, options)
    raise UnsupportedType("the document has no pages to show", media_type=options.media_type)


class _PdfDisplay:
    def __init__(self, source: BinaryIO, options: ReadingOptions) -> None:
        from pipeline.reading.pdf.mupdf import Pdf

        self._pdf = Pdf(source, options.password)

    @property
    def count(self) -> int:
        return self._pdf.page_count

    def size(self, number: int) -> tuple[float, float]:
        page = self._pdf.page(number)
        return page.width, page.height

    def bitmap(self, number: int, side_px: int) -> Bitmap:
        return self._pdf.page(number).render(side_px)


class _ImageDisplay:
    def __init__(self, source: BinaryIO, options: ReadingOptions) -> None:
        from pipeline.reading.image.frames import ImageFile

        self._image = ImageFile(source, options.media_type, options.settings.max_pixels)
        self._last: tuple[int, Bitmap] | None = None

    @property
    def count(self) -> int:
        return self._image.frame_count

    def size(self, number: int) -> tuple[float, float]:
        height, width = self._frame(number).shape[:2]
        return width, height

    def bitmap(self, number: int, side_px: int) -> Bitmap:
        del side_px  # a frame has the pixels it has
        return self._frame(number)

    def _frame(self, number: int) -> Bitmap:
        """Kept until another one is asked for: its size is known only once it is decoded and turned upright."""
        if self._last is None or self._last[0] != number:
            self._last = (number, self._image.frame(number))
        return self._last[1]
