"""Pages as engines saw them → pages as documents hold them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.errors import LimitExceeded, NoPages
from pipeline.reading.layout.asides import part
from pipeline.reading.layout.drafts import Draft
from pipeline.reading.layout.frame import reading_frame
from pipeline.reading.layout.joining import joined, reordered
from pipeline.reading.layout.kinds import Candidate, settle
from pipeline.reading.layout.lines import segments
from pipeline.reading.layout.marks import Floats, Ints, Marks
from pipeline.reading.layout.page import arrange
from pipeline.reading.layout.pictures import picture_boxes
from pipeline.reading.layout.rows import is_stacked
from pipeline.reading.tables.grid import as_table
from schemas.documents import Block, Page, Table, Words
from schemas.evidence import Box

_DECIMALS = 5
"""Of a fraction: a hundredth of a point on a sheet of A4."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedPage:
    """A page whose words are in order; its blocks wait for the rest of the document."""

    page: dict[str, Any]
    """The fields of `Page` but its blocks."""
    candidates: list[Candidate]
    boxes: list[Box]
    tables: list[Table | None]


def place(marks: Marks, number: int, source: str, rotation: int = 0, problem: str | None = None) -> PlacedPage:
    """Put the words of a page in order and cut them into blocks."""
    page: dict[str, Any] = {
        "number": number,
        "width": marks.width,
        "height": marks.height,
        "rotation": rotation,
        "problem": problem,
        "pictures": picture_boxes(marks),
    }
    if not len(marks):
        return PlacedPage(page={**page, "source": "none"}, candidates=[], boxes=[], tables=[])
    marks, frame, aside = part(marks, reading_frame(marks))
    lines = segments(frame)
    if not is_stacked(lines) and (new := joined(lines)) is not None:
        marks, frame = reordered(marks, *new), reordered(frame, *new)
        lines = segments(frame)
    arranged = arrange(frame, lines)
    given = _fractions(marks)
    tables = _tables(marks, given, arranged.drafts)
    marks, fractions = _in_order(marks, given, arranged.order)
    if aside is not None:
        marks, fractions, arranged = aside.appended(marks, fractions, arranged, _fractions(aside.marks))
        tables += [None] * (len(arranged.drafts) - len(tables))
    text, confidence = marks.text, marks.confidence
    x0, y0, x1, y1 = fractions.T.tolist()
    words = Words.model_construct(
        text=text,
        x0=x0,
        y0=y0,
        x1=x1,
        y1=y1,
        line=arranged.line.tolist(),
        confidence=None if confidence is None else np.round(confidence, 4).tolist(),
    )
    boxes = _block_boxes(fractions, arranged.drafts)
    candidates = [
        Candidate(
            draft=draft,
            text=" ".join(text[draft.start : min(draft.stop, draft.start + 50)]),
            left=box[0],
            top=box[1],
            bottom=box[3],
        )
        for draft, box in zip(arranged.drafts, boxes, strict=True)
    ]
    return PlacedPage(
        page={**page, "source": source, "words": words}, candidates=candidates, boxes=boxes, tables=tables
    )


def unreadable(number: int, problem: str) -> PlacedPage:
    """A page that could not be read."""
    page = {"number": number, "width": 0.0, "height": 0.0, "source": "none", "problem": problem}
    return PlacedPage(page=page, candidates=[], boxes=[], tables=[])


def check_page_count(pages: int, limit: int) -> None:
    """Refuse a document without pages, or with too many.

    Raises:
        NoPages: there are none.
        LimitExceeded: there are more than the limit.
    """
    if pages < 1:
        raise NoPages
    if pages > limit:
        raise LimitExceeded(f"the document has {pages} pages; the limit is {limit}", pages=pages, limit=limit)


def _in_order(marks: Marks, fractions: Floats, order: Ints | None) -> tuple[Marks, Floats]:
    """Words and boxes in a new order; `None` leaves them."""
    return (marks, fractions) if order is None else (reordered(marks, order, marks.line), fractions[order])


def _fractions(marks: Marks) -> Floats:
    fractions: Floats = marks.boxes / (marks.width, marks.height, marks.width, marks.height)
    np.maximum(fractions, 0.0, out=fractions)
    np.minimum(fractions, 1.0, out=fractions)
    return np.round(fractions, _DECIMALS, out=fractions)


def _tables(marks: Marks, fractions: Floats, drafts: Sequence[Draft]) -> list[Table | None]:
    if all(draft.grid is None for draft in drafts):
        return [None] * len(drafts)
    boxes: list[Box] = [(x0, y0, x1, y1) for x0, y0, x1, y1 in fractions.tolist()]
    return [as_table(draft.grid, marks, boxes) if draft.grid else None for draft in drafts]


def _block_boxes(fractions: Floats, drafts: Sequence[Draft]) -> list[Box]:
    """Drafts cover the words without a gap."""
    starts = np.array([draft.start for draft in drafts])
    low = np.minimum.reduceat(fractions[:, :2], starts)
    high = np.maximum.reduceat(fractions[:, 2:], starts)
    return [(x0, y0, x1, y1) for (x0, y0), (x1, y1) in zip(low.tolist(), high.tolist(), strict=True)]


def finish(placed: Sequence[PlacedPage]) -> list[Page]:
    """Settle the kinds of the blocks over the whole document."""
    kinds = settle([each.candidates for each in placed], by_ocr=[each.page["source"] == "ocr" for each in placed])
    pages = []
    for each, settled in zip(placed, kinds, strict=True):
        blocks = [
            Block(
                kind=found.kind,
                start=candidate.draft.start,
                stop=candidate.draft.stop,
                box=box,
                level=found.level,
                table=table,
            )
            for found, candidate, box, table in zip(settled, each.candidates, each.boxes, each.tables, strict=True)
        ]
        pages.append(Page(**each.page, blocks=blocks))
    return pages
