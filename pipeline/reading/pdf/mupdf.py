"""The one place that talks to PyMuPDF.

MuPDF reads a page once into a "text page", which then holds words, bitmaps and drawn paths; asking for the paths in
the same pass costs nothing, where a second pass (`get_drawings`) costs as much as the first.
"""

import mmap
import re
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
from pipeline.reading.pdf import leftward

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
_HEAVY = re.compile(r"bold|black|heavy|CMBX|SFBX|-Bd", re.IGNORECASE)
_FAR_AWAY = 1e6
_SHORT = 30
"""Words of a block that may be a heading."""

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

    @property
    def handle(self) -> Any:  # noqa: ANN401 - PyMuPDF is not typed
        """The file for those who look beside its pages: a `mupdf.PdfDocument`, sound only as long as this lives."""
        return mupdf.pdf_document_from_fz_document(self._document.this)

    def page(self, number: int) -> "PdfPage":
        """The page of that number, counted from 1.

        Raises:
            DamagedFile: it cannot be loaded.
        """
        pymupdf.TOOLS.reset_mupdf_warnings()
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
            if leftward.runs_left(words):
                words = leftward.reordered(words, _letters(text_page))
        texts, others = _blocks(text_page)
        shapes: dict[int, list[Any]] = {_PICTURE: [], _VECTOR: []}
        if others:
            with translating():
                blocks = text_page.extractBLOCKS()
            for block in blocks:
                shapes.setdefault(block[6], []).append(block[:4])
        pictures, vectors = self._displayed(shapes[_PICTURE]), self._displayed(shapes[_VECTOR])
        shown = Marks(width=self.width, height=self.height, pictures=pictures, vectors=vectors)
        return self._with_words(shown, texts, words) if words else shown

    def _with_words(self, shown: Marks, texts: list[Any], words: list[Any]) -> Marks:
        x0, y0, x1, y1, text, block, row, place = zip(*words, strict=True)
        count = len(text)
        boxes = np.stack([np.fromiter(column, np.float64, count) for column in (x0, y0, x1, y1)], axis=1)
        starts = np.flatnonzero(np.fromiter(place, np.int64, count) == 0)
        lines = [(block[start], row[start]) for start in starts.tolist()]
        lengths = np.append(starts[1:], count) - starts
        heights = np.maximum(boxes[:, 3] - boxes[:, 1], 0.1)
        ratio, bold = _type(texts, lines, lengths, heights[starts])
        return replace(
            shown,
            text=list(text),
            boxes=self._displayed(boxes),
            line=np.arange(len(starts)).repeat(lengths),
            size=heights * ratio.repeat(lengths),
            bold=bold.repeat(lengths),
        )

    def complaints(self) -> list[str]:
        """What MuPDF had to say of this page since it was loaded, and only of the page loaded last."""
        said: str = pymupdf.TOOLS.mupdf_warnings(reset=0)
        return said.splitlines()

    def render(self, side_px: int) -> Bitmap:
        """The page as displayed, as an RGB array (height, width, 3) of bytes whose longer side is `side_px`."""
        with translating():
            zoom = side_px / max(self.width, self.height)
            pixmap = self._page.get_pixmap(matrix=pymupdf.Matrix(zoom, zoom), colorspace=pymupdf.csRGB, alpha=False)
            rows = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)
            return rows[:, : pixmap.width * 3].reshape(pixmap.height, pixmap.width, 3)

    def _displayed(self, boxes: Any) -> Floats:  # noqa: ANN401 - rows of four numbers
        """MuPDF gives places on the page before its rotation, and for broken fonts places that are none."""
        if not len(boxes):
            return no_boxes()
        array = np.nan_to_num(np.asarray(boxes, np.float64), copy=False, posinf=_FAR_AWAY, neginf=-_FAR_AWAY)
        if self.rotation:
            a, b, c, d, e, f = self._page.rotation_matrix
            x, y = array[:, 0::2], array[:, 1::2]
            xs, ys = x * a + y * c + e, x * b + y * d + f
            array = np.stack((xs.min(1), ys.min(1), xs.max(1), ys.max(1)), axis=1)
        return array


def _letters(text_page: Any) -> dict[leftward.LineKey, list[leftward.Letter]]:  # noqa: ANN401 - PyMuPDF is not typed
    """The letters of the lines that run along the page, in the file's order."""
    lines: dict[leftward.LineKey, list[leftward.Letter]] = {}
    blocks = [block for block in text_page.extractRAWDICT()["blocks"] if block["type"] == _TEXT]
    for number, block in enumerate(blocks):
        for row, line in enumerate(block["lines"]):
            letters = [
                leftward.letter(each["c"], each["bbox"], line["dir"])
                for span in line["spans"]
                for each in span["chars"]
                if not each["synthetic"]
            ]
            if letters and None not in letters:
                lines[number, row] = [each for each in letters if each is not None]
    return lines


def _blocks(text_page: Any) -> tuple[list[Any], bool]:  # noqa: ANN401 - PyMuPDF is not typed
    """The blocks that hold text, and whether there are others. Words count only the former."""
    blocks = list(text_page.this)
    texts = [block for block in blocks if block.m_internal.type == _TEXT]
    return texts, len(texts) < len(blocks)


def _type(texts: list[Any], lines: list[tuple[int, int]], lengths: Ints, heights: Floats) -> tuple[Floats, Bools]:
    """For each line: size of the type as a share of the height of its words' boxes, and whether it is bold.

    Each look at a character costs microseconds, so only the first one of a block is asked for its size, and only the
    leading lines of a block for boldness, and that only in short blocks, where headings stand, and in the longest;
    within a font, heights are in proportion to sizes. `lines` are pairs of the numbers of a block and a row in it.
    """
    words: dict[int, int] = {}
    for (block, _), length in zip(lines, lengths.tolist(), strict=True):
        words[block] = words.get(block, 0) + length
    longest = max(words, key=lambda block: words[block])
    looks = {block: _look_at(texts[block]) for block, count in words.items() if count <= _SHORT or block == longest}
    first = {block: height for (block, _), height in zip(reversed(lines), heights[::-1].tolist(), strict=True)}
    ratios = {block: size / first[block] for block, (size, _) in looks.items()}
    ratio = np.array([ratios.get(block, ratios[longest]) for block, _ in lines])
    bold = np.array([block in looks and row < looks[block][1] for block, row in lines])
    return ratio, bold


def _is_bold(character: Any) -> bool:  # noqa: ANN401 - PyMuPDF is not typed
    """By MuPDF's word or by the font's name, as in `CMBX10` and `Frutiger-Black`."""
    return bool(character.flags & _BOLD) or _HEAVY.search(mupdf.ll_fz_font_name(character.font)) is not None


def _look_at(block: Any) -> tuple[float, int]:  # noqa: ANN401 - PyMuPDF is not typed
    """The size of a block's first character, and how many leading lines are bold."""
    size, rows = 0.0, 0
    for line in block:
        inner = line.m_internal
        first = inner.first_char
        size = size or first.size
        if not (_is_bold(first) and _is_bold(inner.last_char)):
            break
        rows += 1
    return size, rows
