"""A PDF, page by page: its text layer where that is good, OCR where it is not."""

import re
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np

from pipeline.errors import DamagedFile, SheafError
from pipeline.reading import ocr
from pipeline.reading.layout.assemble import PlacedPage, check_page_count, finish, place, unreadable
from pipeline.reading.layout.marks import Bitmap, Marks
from pipeline.reading.options import Progress, ReadingOptions
from pipeline.reading.pdf.embedded import PaymentCodes, embedded_in
from pipeline.reading.pdf.letterhead import with_letterhead
from pipeline.reading.pdf.mupdf import VERSION, Pdf, PdfPage
from schemas.documents import Document, Notice

# What stands for a character whose meaning the file does not tell: the replacement character, private use, controls.
_UNKNOWN = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
_GARBLED = 0.2
# What MuPDF says, word for word, when it gave up on the rest of a page, and when it went on over errors.
_LOST = {"too many syntax errors; ignoring rest of page", "read error; treating as end of file"}
_DOUBTFUL = {"encountered syntax errors; page may not be correct"}
_FEW_WORDS = 25
_COVERED = 0.5
"""Share of the page that pictures must cover before a short text layer is doubted."""
_SCAN_DPI = 300
"""More shows no more of a page."""
_MANY_PATHS = 20
"""Paths on a page without words that may be letters drawn as outlines."""


def read_pdf(source: BinaryIO, options: ReadingOptions, progress: Progress) -> Document:
    """Read a PDF.

    A page that cannot be read says so in `problem`, and the others are read.

    Raises:
        DamagedFile: it cannot be opened, or none of its pages can be read.
        PasswordRequired, WrongPassword: it is encrypted.
        NoPages: it has none.
        LimitExceeded: it has too many.
    """
    pdf = Pdf(source, options.password)
    check_page_count(pdf.page_count, options.settings.max_pages)
    placed = []
    codes = PaymentCodes(options)
    for number in range(1, pdf.page_count + 1):
        placed.append(_read_page(pdf, number, options, codes))
        progress(number / pdf.page_count)
    options.at_page(0)
    pages = finish([page for page, _ in placed])
    embedded, unread = embedded_in(pdf, options) if options.settings.embedded else ([], [])
    if all(page.problem and not len(page.words) for page in pages):
        raise DamagedFile(f"none of the {len(pages)} pages can be read: {pages[0].problem}")
    produced_by = {"pymupdf": VERSION}
    if any(page.source == "ocr" or page.words.confidence is not None for page in pages):
        produced_by["rapidocr"] = ocr.engine_version()
    return Document.model_construct(
        shape="pages",
        media_type=options.media_type,
        title=pdf.title,
        pages=pages,
        produced_by=produced_by,
        embedded=embedded + codes.found,
        warnings=[*(notice for _, notice in placed if notice is not None), *codes.notices, *unread],
    )


def _read_page(pdf: Pdf, number: int, options: ReadingOptions, codes: PaymentCodes) -> tuple[PlacedPage, Notice | None]:
    """A page, and what is to be remarked of it; what its codes ask to be paid is kept in `codes`."""
    if number in options.left_out:
        return unreadable(number, options.left_out[number]), None
    options.at_page(number)
    try:
        page = pdf.page(number)
        marks = page.marks()
        source, unread = "text", None
        if needs_ocr(marks):
            bitmap = page.render(_scan_side(page, options))
            codes.look_at(bitmap, number)
            marks, source = _recognized(bitmap, marks, options)
        else:
            codes.look_on(page, marks, number)
            marks, unread = with_letterhead(page, marks, options) if number == 1 else (marks, None)
        complaints = page.complaints()
        problem = _loss(marks, source, complaints)
        return place(marks, number, source, page.rotation, problem), _doubt(number, complaints) or unread
    except SheafError as error:
        return unreadable(number, error.message), None
    except MemoryError:
        return unreadable(number, "The page needs too much memory."), None


def _loss(marks: Marks, source: str, complaints: Sequence[str]) -> str | None:
    """Why a page cannot count as read, though the parser made something of it."""
    if not len(marks):
        return "The page is damaged, and nothing was found on it." if complaints else None
    if source == "text" and is_garbled("".join(marks.text)):
        return "The page does not tell what its characters mean."
    return "The page is damaged, and its rest is lost." if _LOST.intersection(complaints) else None


def _doubt(number: int, complaints: Sequence[str]) -> Notice | None:
    if not _DOUBTFUL.intersection(complaints):
        return None
    return Notice(
        code="page-damaged", message="The page has errors; some of it may be missing.", where=f"page {number}"
    )


def needs_ocr(marks: Marks) -> bool:
    """Whether a page's text layer is missing, garbled, or only a stamp upon a scan."""
    if not len(marks):
        return len(marks.pictures) > 0 or len(marks.vectors) >= _MANY_PATHS
    if is_garbled("".join(marks.text)):
        return True
    return len(marks) <= _FEW_WORDS and _covered(marks) >= _COVERED


def is_garbled(letters: str) -> bool:
    """Whether the meaning of many characters is unknown."""
    # Looked at one by one only where there is something odd: the check runs on every page.
    if letters.isprintable() and "\ufffd" not in letters:
        return False
    return len(_UNKNOWN.findall(letters)) > _GARBLED * len(letters)


def _covered(marks: Marks) -> float:
    """Share of the page under its largest picture, or under all of them where they are strips."""
    if not len(marks.pictures):
        return 0.0
    shown = np.clip(marks.pictures, 0, [marks.width, marks.height, marks.width, marks.height])
    areas = (shown[:, 2] - shown[:, 0]) * (shown[:, 3] - shown[:, 1])
    return float(areas.sum()) / (marks.width * marks.height)


def _scan_side(page: PdfPage, options: ReadingOptions) -> int:
    enough = int(max(page.width, page.height) / 72 * _SCAN_DPI)
    return max(1, min(ocr.READ_SIDE * options.settings.ocr_side_px, int(options.settings.max_pixels**0.5), enough))


def _recognized(bitmap: Bitmap, marks: Marks, options: ReadingOptions) -> tuple[Marks, str]:
    """The page by OCR, unless that finds less than the text layer holds."""
    found = ocr.recognize(bitmap, options.settings.ocr_side_px)
    readable = sum(not _UNKNOWN.search(word) for word in marks.text)
    return (found, "ocr") if len(found) >= readable else (marks, "text")
