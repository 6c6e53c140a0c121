"""Letterheads and footers that are pictures on a page of text: who wrote it stands nowhere else.

Only the first page is looked at, and of it only wide pictures near the top and the bottom without words over them: a
logo, a photograph or a chart says nothing that belongs into the text.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.errors import SheafError
from pipeline.reading import ocr
from pipeline.reading.layout.marks import Bitmap, Floats, Marks
from pipeline.reading.options import ReadingOptions
from pipeline.reading.pdf.mupdf import PdfPage
from schemas.documents import Notice

EDGE = 0.2
"""Share of the page's height at its top and its bottom in which such a picture lies."""
WIDE, LOWEST, HIGHEST = 0.4, 0.02, 0.18
"""Least width, and least and greatest height, as shares of the page."""
SIDE_PX = 2_400
LEAST_WORDS = 4
"""Fewer are a logo."""
SURE = 0.85
"""Mean of the recognition's scores below which it was no print."""


def with_letterhead(page: PdfPage, marks: Marks, options: ReadingOptions) -> tuple[Marks, Notice | None]:
    """The marks with the words of such pictures behind the others, and a remark where they cannot be read."""
    strips = [box for box in marks.pictures.tolist() if _is_strip(box, marks)]
    if not strips:
        return marks, None
    try:
        return _with(page.render(SIDE_PX), strips, marks, options), None
    except (SheafError, MemoryError):
        message = "A letterhead that is a picture could not be read."
        return marks, Notice(code="pictures-not-read", message=message, where="page 1")


def _with(bitmap: Bitmap, strips: Sequence[list[float]], marks: Marks, options: ReadingOptions) -> Marks:
    for box in strips[:2]:
        found = _read(bitmap, box, marks, options.settings.ocr_side_px)
        if len(found) >= LEAST_WORDS and found.confidence is not None and float(found.confidence.mean()) >= SURE:
            marks = _joined(marks, found)
    return marks


def _is_strip(box: list[float], marks: Marks) -> bool:
    x0, y0, x1, y1 = box
    width, height = (x1 - x0) / marks.width, (y1 - y0) / marks.height
    if not (width >= WIDE and LOWEST <= height <= HIGHEST):
        return False
    if not (y1 <= EDGE * marks.height or y0 >= (1 - EDGE) * marks.height):
        return False
    middles = (marks.boxes[:, :2] + marks.boxes[:, 2:]) / 2
    inside = (middles >= (x0, y0)) & (middles <= (x1, y1))
    return not inside.all(axis=1).any()


def _read(bitmap: Bitmap, box: list[float], marks: Marks, side_px: int) -> Marks:
    """The words of a part of the page, placed on the page."""
    scale = bitmap.shape[1] / marks.width
    left, top, right, bottom = (max(0, round(each * scale)) for each in box)
    found = ocr.recognize(np.ascontiguousarray(bitmap[top:bottom, left:right]), side_px)
    if found.turn or not len(found):
        return Marks(width=marks.width, height=marks.height)
    boxes: Floats = (found.boxes + np.array([left, top, left, top])) / scale
    return replace(found, boxes=boxes, size=found.size / scale)


def _joined(marks: Marks, more: Marks) -> Marks:
    sure = np.ones(len(marks)) if marks.confidence is None else marks.confidence
    assert more.confidence is not None
    first = int(marks.line[-1]) + 1 if len(marks) else 0
    return replace(
        marks,
        text=[*marks.text, *more.text],
        boxes=np.concatenate([marks.boxes, more.boxes]),
        line=np.concatenate([marks.line, more.line + first]),
        size=np.concatenate([marks.size, more.size]),
        bold=np.concatenate([marks.bold, more.bold]),
        confidence=np.concatenate([sure, more.confidence]),
    )
