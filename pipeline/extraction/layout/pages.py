"""Rows of pages, from the boxes of words."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from pipeline.extraction.layout.runs import MAX_RUN, MAX_RUNS, Places, Row, Run, enclose
from schemas.documents import Page
from schemas.evidence import Box, Evidence, PageEvidence

WIDE_GAP = 0.7
"""A gap wider than this share of the line's height ends a run; spaces between words are a quarter of it or so."""
WIDE_SPACE = 1.6
"""Nor does a gap end a run that is narrower than this many of the neighbouring characters: widely set capitals."""
TALL = 1.9
"""A line higher than this many of its words is not one line."""
SAME_ROW = 0.5
"""Least share of the lower run's height by which runs of one row overlap."""


def page_rows(page: Page) -> list[Row]:
    """The rows of a page from top to bottom."""
    return _rows(list(_runs(page)))


def _runs(page: Page) -> Iterator[Run]:
    words = page.words
    headings = {i for block in page.blocks if block.kind == "heading" for i in range(block.start, block.stop)}
    for _, group in groupby(range(len(words)), key=lambda index: words.line[index]):
        for line in _levels(page, [index for index in group if words.text[index].strip()]):
            for indices in _split(page, sorted(line, key=lambda index: words.x0[index])):
                yield _run(page, indices, heading=indices[0] in headings)


def _levels(page: Page, line: list[int]) -> list[list[int]]:
    """The words of a line, apart by height where the reader took the lines of a cell for one."""
    words = page.words
    if not line:
        return []
    heights = sorted(words.y1[index] - words.y0[index] for index in line)
    typical = heights[len(heights) // 2]
    if max(words.y1[index] for index in line) - min(words.y0[index] for index in line) < TALL * typical:
        return [line]
    levels: list[list[int]] = []
    for index in sorted(line, key=lambda index: words.y0[index] + words.y1[index]):
        middle = (words.y0[index] + words.y1[index]) / 2
        last = levels[-1][-1] if levels else None
        if last is not None and middle - (words.y0[last] + words.y1[last]) / 2 < 0.5 * typical:
            levels[-1].append(index)
        else:
            levels.append([index])
    return levels


def _split(page: Page, line: Sequence[int]) -> Iterator[list[int]]:
    """The line cut at wide gaps."""
    words = page.words
    current: list[int] = []
    length = 0
    for index in line:
        length += len(words.text[index]) + 1
        if current:
            gap = (words.x0[index] - words.x1[current[-1]]) * page.width
            wide = max(WIDE_GAP * _height(page, current[-1], index), WIDE_SPACE * _character(page, current[-1], index))
            if gap > wide or length > MAX_RUN:
                yield current
                current, length = [], len(words.text[index])
        current.append(index)
    if current:
        yield current


def _height(page: Page, first: int, second: int) -> float:
    words = page.words
    return max(words.y1[index] - words.y0[index] for index in (first, second)) * page.height


def _character(page: Page, first: int, second: int) -> float:
    """Mean width of the characters of two words."""
    words = page.words
    width = sum(words.x1[index] - words.x0[index] for index in (first, second)) * page.width
    return width / (len(words.text[first]) + len(words.text[second]))


def _run(page: Page, indices: Sequence[int], *, heading: bool) -> Run:
    words = page.words
    offsets, texts, length = [], [], 0
    for index in indices:
        offsets.append(length)
        texts.append(words.text[index])
        length += len(words.text[index]) + 1
    fractions = [words.box(index) for index in indices]
    scale = (page.width, page.height, page.width, page.height)
    boxes: list[Box] = [(b[0] * scale[0], b[1] * scale[1], b[2] * scale[2], b[3] * scale[3]) for b in fractions]
    text = " ".join(texts)
    scores = [words.confidence[index] for index in indices] if words.confidence else [1.0]
    places = _places(page.number, text, offsets, fractions)
    return Run(text, offsets, boxes, places, page.number, min(scores), heading)


def _places(page: int, text: str, offsets: Sequence[int], fractions: Sequence[Box]) -> Places:
    def places(start: int, end: int) -> list[Evidence]:
        ends = [*offsets[1:], len(text) + 1]
        touched = [
            box for box, first, last in zip(fractions, offsets, ends, strict=True) if first < end and last - 1 > start
        ]
        box = enclose(touched or fractions)
        return [PageEvidence(page=page, boxes=[box], quote=text[start:end])]

    return places


def _rows(runs: list[Run]) -> list[Row]:
    """Each run joins the row whose last run it overlaps most, so that rows may slope as those of a skewed scan do."""
    if not runs:
        return []
    heights = sorted(run.height for run in runs)
    step = max(heights[len(heights) // 2], 1e-6)
    rows: list[list[Run]] = []
    by_height: dict[int, list[int]] = {}
    for run in sorted(runs, key=lambda each: each.box[0]):
        if _upright(run):
            rows.append([run])
            continue
        slots = range(int(run.box[1] / step) - 1, int(run.box[3] / step) + 2)
        near = {index for slot in slots for index in by_height.get(slot, ())}
        best = max(near, key=lambda index: (_overlap(rows[index][-1], run), -index), default=None)
        if best is None or _overlap(rows[best][-1], run) < SAME_ROW:
            best = len(rows)
            rows.append([])
        rows[best].append(run)
        for slot in range(int(run.box[1] / step), int(run.box[3] / step) + 1):
            by_height.setdefault(slot, []).append(best)
    ordered = sorted(rows, key=_middle)
    return [Row(row[first : first + MAX_RUNS]) for row in ordered for first in range(0, len(row), MAX_RUNS)]


def _upright(run: Run) -> bool:
    """Text turned by a quarter, in the margin of a letter or a form: a row of its own."""
    return len(run.text) > 3 and run.height > 2 * (run.box[2] - run.box[0])


def _overlap(left: Run, right: Run) -> float:
    """Share of the lower height by which two runs lie beside one another; 0 where the right one does not follow."""
    if right.box[0] < left.box[2] - 0.5 * left.height:
        return 0.0
    shared = min(left.box[3], right.box[3]) - max(left.box[1], right.box[1])
    return shared / max(min(left.height, right.height), 1e-6)


def _middle(row: list[Run]) -> float:
    return sum(run.box[1] + run.box[3] for run in row) / (2 * len(row))
