"""The one place that talks to PyMuPDF.

MuPDF reads a page once into a "text page", which then holds words, bitmaps and drawn paths; asking for the paths in
the same pass costs nothing, where a second pass (`get_drawings`) costs as much as the first.
"""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
import pymupdf
from pymupdf import mupdf

from pipeline.errors import (
    DamagedFile,
    EmptyFile,
    LimitExceeded,
    PasswordRequired,
    SheafError,
    UnsupportedType,
    WrongPassword,
)
from pipeline.reading.layout.marks import Bitmap, Bools, Floats, Ints, Marks, no_boxes

pymupdf.TOOLS.mupdf_display_errors(False)
pymupdf.TOOLS.mupdf_display_warnings(False)

VERSION: str = pymupdf.__version__

# Ligatures are expanded so that "office" is found; characters of unknown meaning become U+FFFD instead of a guess, so
# that a garbled layer can be told. The text that the page does not show (outside the clip) is left out.
_FLAGS = (
    pymupdf.TEXT_PRESERVE_WHITESPACE
    | pymupdf.TEXT_CLIP
    | pymupdf.TEXT_PRESERVE_IMAGES
    | pymupdf.TEXT_COLLECT_VECTORS
    | pymupdf.TEXT_LAZY_VECTORS
)
_TEXT, _PICTURE, _VECTOR = 0, 1, 3
_BOLD: int = mupdf.FZ_STEXT_BOLD
_SHORT = 30
"""Words of a block that may be a heading."""
_MAX_LINES = 1 << 20
"""More than a block has lines: makes one number of two."""

# First match wins, so the special stand before the general.
ERRORS: list[tuple[type[BaseException], type[SheafError]]] = [
    (pymupdf.EmptyFileError, EmptyFile),
    (pymupdf.FileDataError, DamagedFile),
    (pymupdf.FileNotFoundError, DamagedFile),
    (mupdf.FzErrorLimit, LimitExceeded),
    (mupdf.FzErrorUnsupported, UnsupportedType),
    (mupdf.FzErrorBase, DamagedFile),
    (RuntimeError, DamagedFile),
    (ValueError, DamagedFile),
    (IndexError, DamagedFile),
    (AssertionError, DamagedFile),
]


def _translated(error: BaseException) -> SheafError | None:
    found = next((ours for theirs, ours in ERRORS if isinstance(error, theirs)), None)
    return found() if found else None


@contextmanager
def translating() -> Iterator[None]:
    """Turn MuPDF's errors into ours."""
    try:
        yield
    except tuple(theirs for theirs, _ in ERRORS) as error:
        ours = _translated(error)
        assert ours is not None
        raise ours from error


class Pdf:
    """An open PDF.

    Raises:
        DamagedFile: it cannot be opened.
        PasswordRequired: it is encrypted and no password was given.
        WrongPassword: the password does not open it.
    """

    def __init__(self, source: BinaryIO, password: str | None = None) -> None:
        with translating():
            content = mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)
            self._document: Any = pymupdf.open(stream=memoryview(content), filetype="pdf")
            _unlock(self._document, password)
            self.page_count: int = self._document.page_count

    @property
    def title(self) -> str | None:
        """The title in the file's metadata."""
        title = (self._document.metadata or {}).get("title") or ""
        return title.strip() or None

    def page(self, number: int) -> "PdfPage":
        """The page of that number, counted from 1.

        Raises:
            DamagedFile: it cannot be loaded.
        """
        with translating():
            return PdfPage(self._document.load_page(number - 1))


def _unlock(document: Any, password: str | None) -> None:  # noqa: ANN401 - PyMuPDF is not typed
    if not document.needs_pass or document.authenticate(""):
        return
    if not password:
        raise PasswordRequired
    if not document.authenticate(password):
        raise WrongPassword


class PdfPage:
    """One page; sizes are points as displayed."""

    def __init__(self, page: Any) -> None:  # noqa: ANN401 - PyMuPDF is not typed
        self._page = page
        self.rotation: int = page.rotation
        self.width = float(page.rect.width)
        self.height = float(page.rect.height)
        if not (self.width > 0 and self.height > 0):
            raise DamagedFile("The page has no area.")

    def marks(self) -> Marks:
        """Words, bitmaps and paths.

        Raises:
            DamagedFile: the page cannot be interpreted.
        """
        with translating():
            text_page = self._page.get_textpage(flags=_FLAGS)
            words = text_page.extractWORDS()
            blocks = text_page.extractBLOCKS()
        shapes: dict[int, list[Any]] = {_TEXT: [], _PICTURE: [], _VECTOR: []}
        for block in blocks:
            shapes[block[6]].append(block[:4])
        pictures, vectors = self._displayed(shapes[_PICTURE]), self._displayed(shapes[_VECTOR])
        shown = Marks(width=self.width, height=self.height, pictures=pictures, vectors=vectors)
        return self._with_words(shown, text_page, words) if words else shown

    def _with_words(self, shown: Marks, text_page: Any, words: list[Any]) -> Marks:  # noqa: ANN401 - not typed
        x0, y0, x1, y1, text, block_number, row_number, _ = zip(*words, strict=True)
        count = len(text)
        block, row = (np.fromiter(column, np.int64, count) for column in (block_number, row_number))
        boxes = np.stack([np.fromiter(column, np.float64, count) for column in (x0, y0, x1, y1)], axis=1)
        begins = np.ones(count, np.bool_)
        begins[1:] = (block[1:] != block[:-1]) | (row[1:] != row[:-1])
        line = begins.cumsum() - 1
        size, bold = _type(text_page, boxes, block, row)
        return replace(shown, text=list(text), boxes=self._displayed(boxes), line=line, size=size, bold=bold)

    def render(self, side_px: int) -> Bitmap:
        """The page as displayed, as an RGB array (height, width, 3) of bytes whose longer side is `side_px`."""
        with translating():
            zoom = side_px / max(self.width, self.height)
            pixmap = self._page.get_pixmap(matrix=pymupdf.Matrix(zoom, zoom), colorspace=pymupdf.csRGB, alpha=False)
            rows = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)
            return rows[:, : pixmap.width * 3].reshape(pixmap.height, pixmap.width, 3)

    def _displayed(self, boxes: Any) -> Floats:  # noqa: ANN401 - rows of four numbers
        """MuPDF gives places on the page before its rotation."""
        if not len(boxes):
            return no_boxes()
        array = np.asarray(boxes, np.float64)
        if self.rotation:
            a, b, c, d, e, f = self._page.rotation_matrix
            x, y = array[:, 0::2], array[:, 1::2]
            xs, ys = x * a + y * c + e, x * b + y * d + f
            array = np.stack((xs.min(1), ys.min(1), xs.max(1), ys.max(1)), axis=1)
        return array


def _type(text_page: Any, boxes: Floats, block: Ints, row: Ints) -> tuple[Floats, Bools]:  # noqa: ANN401 - not typed
    """Size of the type of each word, and whether it stands in a bold line.

    Each look at a character costs microseconds, so only the first one of a block is asked for its size, and only the
    leading lines of a block for boldness, and that only in short blocks, where headings stand, and in the longest. The
    sizes of all words follow from the heights of their boxes: these are in proportion within a font.
    """
    begins = np.ones(len(block), np.bool_)
    begins[1:] = block[1:] != block[:-1]
    first = begins.nonzero()[0]
    counts = np.append(first[1:], len(block)) - first
    wanted = {int(block[first[place]]): place for place in (counts <= _SHORT).nonzero()[0].tolist()}
    longest = int(counts.argmax())
    wanted[int(block[first[longest]])] = longest
    heights = np.maximum(boxes[:, 3] - boxes[:, 1], 0.1)
    ratio = np.zeros(len(first))
    bold = np.zeros(len(block), np.bool_)
    texts = (each for each in text_page.this if each.m_internal.type == _TEXT)
    for number, each in enumerate(texts):
        place = wanted.get(number)
        if place is not None:
            size, bold_rows = _look_at(each)
            ratio[place] = size / heights[first[place]]
            if bold_rows:
                bold |= (block == number) & (row < bold_rows)
    ratio[ratio == 0.0] = ratio[longest]
    return heights * ratio.repeat(counts), bold


def _look_at(block: Any) -> tuple[float, int]:  # noqa: ANN401 - PyMuPDF is not typed
    """The size of a block's first character, and how many leading lines are bold."""
    size, rows = 0.0, 0
    for line in block:
        inner = line.m_internal
        first = inner.first_char
        size = size or first.size
        if not (first.flags & inner.last_char.flags & _BOLD):
            break
        rows += 1
    return size, rows
