"""A page as a model reads it: headings, paragraphs in their lines, tables as rows; and the page's measures."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from pipeline.prompting.parts import TextPart
from pipeline.prompting.rows import header_and_body, lines_of
from schemas.documents import Block, Page, Table
from schemas.evidence import Box

GAP = 1.5
"""White space within a line, in heights of its words, that parts two columns or a label from its value."""
SCANNED = 0.5
"""Share of a page under pictures from which it is a scan: its text layer is some other program's OCR."""
_GRID = 64
"""Cells a side, on which areas are counted."""
_BLANK = re.compile(r"_{3,}|\.{5,}|…{2,}|[☐☑☒□■▢✓✔✗✘]|^\[[ xX]?\]$|^\([ xX]?\)$")
_UNREADABLE = "(This page could not be read: {})"
_BULLET = re.compile(r"^[•‣◦▪▫●○–—*·➢➤-]\s+")


def page_part(page: Page, *, pixels: bool, ornaments: Collection[Box] = ()) -> TextPart:
    """A page of a document whose sizes are in points, or in pixels where it is an image.

    `ornaments` are pictures that say nothing of the page, being on all of them.
    """
    tables = [block.table for block in page.blocks if block.table is not None]
    scores = page.words.confidence or []
    pictured = _cover([box for box in page.pictures if box not in ornaments])
    return TextPart(
        number=page.number,
        text=page_text(page),
        words=len(page.words),
        ocr=page.source == "ocr" or pictured >= SCANNED,
        confidence=_share(sum(scores) / len(scores)) if scores else None,
        tables=len(tables),
        rows=sum(_body_rows(table) for table in tables),
        pictured=pictured,
        form=form_likeness(page),
        width=page.width,
        height=page.height,
        pixels=pixels,
    )


def page_text(page: Page) -> str:
    """Everything on the page in reading order; words that no block holds come last."""
    texts = [_block_text(page, block) for block in page.blocks]
    texts += [_words(page, range(start, stop)) for start, stop in _uncovered(page)]
    if page.problem and not len(page.words):
        texts.append(_UNREADABLE.format(page.problem))
    return "\n\n".join(text for text in texts if text)


def form_likeness(page: Page) -> float:
    """From 0 to 1, by its blanks, boxes to tick, and lines that begin with a label and a colon."""
    lines = _lines(page, range(len(page.words)))
    words = page.words.text
    blanks = sum(_BLANK.search(words[at]) is not None for line in lines for at in line)
    labels = sum(any(words[at].endswith(":") for at in line[:4]) for line in lines)
    return min(1.0, (3 * blanks + labels) / max(12, len(lines)))


def ornaments_of(pages: Sequence[Page]) -> set[Box]:
    """Pictures that stand at one place on several pages, and on half of all: logos, borders, letterheads."""
    seen = Counter(box for page in pages for box in set(page.pictures))
    return {box for box, count in seen.items() if count >= 3 and 2 * count >= len(pages)}


def _cover(boxes: Sequence[Box]) -> float:
    """Share of the page under boxes that may lie upon each other, to a few per cent."""
    covered: set[tuple[int, int]] = set()
    for x0, y0, x1, y1 in boxes:
        columns = range(round(x0 * _GRID), round(x1 * _GRID))
        rows = range(round(y0 * _GRID), round(y1 * _GRID))
        covered.update((row, column) for row in rows for column in columns)
    return min(1.0, len(covered) / _GRID**2)


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


def _body_rows(table: Table) -> int:
    return len(header_and_body(table)[1])


def _block_text(page: Page, block: Block) -> str:
    if block.table is not None:
        heads, body = header_and_body(block.table)
        return lines_of([*heads, *body])
    text = _words(page, range(block.start, block.stop))
    if block.kind == "heading":
        return f"{'#' * min(6, block.level or 1)} {' '.join(text.split())}" if text else ""
    if block.kind == "list_item":
        return f"- {_BULLET.sub('', text)}" if text else ""
    return text


def _words(page: Page, indices: Sequence[int]) -> str:
    return lines_of(_line_text(page, line) for line in _lines(page, indices))


def _lines(page: Page, indices: Sequence[int]) -> list[list[int]]:
    """Indices of words, line by line."""
    lines: list[list[int]] = []
    number = None
    for at in indices:
        if page.words.line[at] != number:
            number = page.words.line[at]
            lines.append([])
        lines[-1].append(at)
    return lines


def _line_text(page: Page, line: Sequence[int]) -> str:
    words = page.words
    pieces: list[str] = []
    for place, at in enumerate(line):
        if place:
            before = line[place - 1]
            gap = (words.x0[at] - words.x1[before]) * page.width
            wide = gap > GAP * (words.y1[at] - words.y0[at]) * page.height
            pieces.append("   " if wide else " ")
        pieces.append(words.text[at])
    return "".join(pieces)


def _uncovered(page: Page) -> Iterator[tuple[int, int]]:
    """Ranges of words that are in no block."""
    at = 0
    for start, stop in sorted((block.start, block.stop) for block in page.blocks):
        if start > at:
            yield at, start
        at = max(at, stop)
    if at < len(page.words):
        yield at, len(page.words)
