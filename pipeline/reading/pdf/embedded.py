"""What a PDF says to machines: attached invoices, XMP metadata, and QR codes of payments on its pages."""

import re

import numpy as np

from pipeline.errors import SheafError
from pipeline.reading.embedded.attached import attached_invoices, metadata_of, unread_files, unread_metadata
from pipeline.reading.embedded.codes import payments_on
from pipeline.reading.layout.marks import Bitmap, Floats, Marks
from pipeline.reading.options import ReadingOptions
from pipeline.reading.pdf.attachments import attachments, is_portfolio, xmp_metadata
from pipeline.reading.pdf.mupdf import Pdf, PdfPage
from schemas.documents import Notice
from schemas.embedded import EmbeddedData

CODE_SIDE_PX = 2_000
"""Side that a page is drawn with to look for codes: a module of the smallest code (0.4 mm) has 2.7 pixels on A4."""
MAX_DRAWN = 200
"""Pages with a text layer that are drawn to look for codes."""
_CODE_MM = (12.0, 70.0)
"""Sides of a code as payment slips print it (46 mm in Switzerland, 20 to 40 elsewhere)."""
_SQUARE = 0.06
_MANY_PATHS = 60
"""Paths that a code is drawn with at least, where it is no bitmap; its modules are often joined to rows."""
_HINTS = re.compile(
    r"\b[A-Z]{2}\d{2}(?:[A-Z0-9]{11,30})?\b|(?i:iban|girocode|zahlteil|empfangsschein|qr|bezahl|zahlung|récépissé|ricevuta|"
    r"paiement|pagamento|payment|epc)"
)
"""Words of pages that ask for money: the beginning of an IBAN, or what slips call themselves."""


def embedded_in(pdf: Pdf, options: ReadingOptions) -> tuple[list[EmbeddedData], list[Notice]]:
    """What is attached to a PDF and what it says of itself."""
    most = options.settings.max_embedded_bytes
    notices: list[Notice] = []
    found: list[EmbeddedData] = []
    try:
        attached = attached_invoices(((each.name, each.content) for each in attachments(pdf, most)), most)
        found = attached.found
        notices = attached.notices + unread_files(attached.others, portfolio=is_portfolio(pdf))
    except SheafError as error:
        message = f"The attachments could not be listed: {error.message}."
        notices.append(Notice(code="embedded-not-read", message=message))
    try:
        said, more = metadata_of(xmp_metadata(pdf, most), most)
    except SheafError as error:
        said, more = [], [unread_metadata(error)]
    return found + said, notices + more


class PaymentCodes:
    """Looks for payments on the pages of one PDF; pages with a text layer are drawn for that, a bounded number."""

    def __init__(self, options: ReadingOptions) -> None:
        self.found: list[EmbeddedData] = []
        self.notices: list[Notice] = []
        self._enabled = options.settings.embedded
        self._left = MAX_DRAWN

    def look_at(self, bitmap: Bitmap, number: int) -> None:
        """Look at a page that was drawn for other reasons."""
        if self._enabled:
            self.found += payments_on(bitmap, number)

    def look_on(self, page: PdfPage, marks: Marks, number: int) -> None:
        """Draw a page where it may hold a code; what becomes of that says nothing of its words."""
        if not (self._enabled and self._left and may_hold_code(marks)):
            return
        self._left -= 1
        try:
            self.look_at(page.render(CODE_SIDE_PX), number)
        except (SheafError, MemoryError):
            message = "The page could not be drawn to look for the code of a payment."
            self.notices.append(Notice(code="embedded-not-read", message=message, where=f"page {number}"))


def may_hold_code(marks: Marks) -> bool:
    """Whether a page with a text layer is worth drawing: it speaks of a payment and has something like a code."""
    return _has_square(marks) and any(map(_HINTS.search, marks.text))


def _has_square(marks: Marks) -> bool:
    """Whether something has the shape of a code: a bitmap, a single path, or many small ones."""
    return len(marks.vectors) >= _MANY_PATHS or _any_code(marks.pictures) or _any_code(marks.vectors)


def _any_code(boxes: Floats) -> bool:
    low, high = (size / 25.4 * 72 for size in _CODE_MM)
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    square = np.abs(width - height) <= _SQUARE * np.maximum(width, height)
    return bool((square & (width >= low) & (width <= high)).any())
