"""Where the characters of a chunk were read, in a form that SQL can keep as JSON.

A chunk's text is made of slices of passages. Each becomes an anchor: a JSON object with `at` and `length` (characters
of the chunk's text), `heading: true` where it is one, `foreign: true` where it is the names of a table's columns from a
page before, and, by the kind of the passage,

- `page` and `lines`: `[y0, y1, [offset, x0, x1, offset, x0, x1, …]]` for each line, one triple a word; coordinates are
  ten-thousandths of the page, `-1` where there is no box; offsets count from `at`;
- `text` and `section`: the offset in the content text, and the headings above;
- `sheet`, `refs` and `offsets`: the cells of a row;
- `time`: seconds `[start, end]`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from pipeline.reading.passages import (
    CELL_SEPARATOR,
    PagePassage,
    Passage,
    RowPassage,
    SpeechPassage,
    TextPassage,
    union,
)
from schemas.documents import Segment, SheetCell
from schemas.evidence import Box, Evidence, PageEvidence, TextEvidence, TimeEvidence

SCALE = 10_000
BLANK_LINE = 2  # characters between two paragraphs of a text
Anchor = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Slice:
    """The characters `start` to `end` (half open) of a passage."""

    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        """Those characters."""
        return self.passage.text[self.start : self.end]


def anchor(part: Slice, at: int) -> Anchor:
    """The JSON form of a slice that begins at `at` in its chunk's text."""
    heading = {"heading": True} if part.passage.kind == "heading" else {}
    return {"at": at, "length": part.end - part.start, **heading, **_place(part)}


def locate(
    text: str, anchors: Sequence[Anchor], start: int = 0, end: int | None = None, *, best: tuple[int, int] | None = None
) -> list[Evidence]:
    """Where the characters `start` to `end` (half open) of a chunk's text were read; empty where they were not.

    Neighbouring places on one page are one evidence with all their boxes; so are neighbouring stretches of a text or of
    time. Those that hold some of the characters of `best` (half open too) come first, foreign ones last.
    """
    end = len(text) if end is None else end
    found: list[tuple[int, int, Evidence]] = []
    for one in sorted(anchors, key=lambda one: "foreign" in one):
        at: int = one["at"]
        first, last = max(start, at), min(end, at + one["length"])
        if first < last:
            places = _passage(one, text[at : at + one["length"]]).evidence(first - at, last - at)
            found.extend((first, last, place) for place in places)
    merged = _merged(text, found)
    if best is not None:
        merged.sort(key=lambda one: not (one[0] < best[1] and best[0] < one[1]))
    return [place for _, _, place in merged]


def _merged(text: str, found: Sequence[tuple[int, int, Evidence]]) -> list[tuple[int, int, Evidence]]:
    merged: list[tuple[int, int, Evidence]] = []
    for first, last, place in found:
        if merged:
            begin, stop, before = merged[-1]
            both = _join(before, place, text[begin:last]) if stop <= first else None
            if both is not None:
                merged[-1] = (begin, last, both)
                continue
        merged.append((first, last, place))
    return merged


def _join(before: Evidence, after: Evidence, quote: str) -> Evidence | None:
    if isinstance(before, PageEvidence) and isinstance(after, PageEvidence) and before.page == after.page:
        return PageEvidence(page=before.page, boxes=before.boxes + after.boxes, quote=quote)
    if isinstance(before, TextEvidence) and isinstance(after, TextEvidence) and before.section == after.section:
        if 0 <= after.start - before.end <= BLANK_LINE:
            return before.model_copy(update={"end": after.end, "quote": quote})
    elif isinstance(before, TimeEvidence) and isinstance(after, TimeEvidence) and before.end <= after.start:
        return TimeEvidence(start=before.start, end=after.end, quote=quote)
    return None


def _place(part: Slice) -> Anchor:
    passage = part.passage
    if isinstance(passage, PagePassage):
        return {"page": passage.page, "lines": _lines(passage, part.start, part.end)}
    if isinstance(passage, TextPassage):
        return {"text": passage.offset + part.start, "section": list(passage.section)}
    if isinstance(passage, RowPassage):
        return _row(passage, part.start, part.end)
    (place,) = passage.evidence(part.start, part.end)
    assert isinstance(place, TimeEvidence)
    return {"time": [place.start, place.end]}


def _lines(passage: PagePassage, start: int, end: int) -> list[list[Any]]:
    first, last = _within(passage.offsets, start, end)
    lines: list[list[Any]] = []
    for _, group in groupby(range(first, last), key=lambda word: passage.lines[word]):
        words = list(group)
        boxes = [box for word in words if (box := passage.boxes[word]) is not None]
        around = union(boxes) if boxes else (0.0, 0.0, 0.0, 0.0)
        flat: list[int] = []
        for word in words:
            box = passage.boxes[word]
            flat += (max(0, passage.offsets[word] - start), *((_scaled(box[0]), _scaled(box[2])) if box else (-1, -1)))
        lines.append([_scaled(around[1]), _scaled(around[3]), flat])
    return lines


def _within(offsets: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """Which pieces (half open) the characters `start` to `end` touch, by where each piece begins."""
    return max(0, bisect_right(offsets, start) - 1), bisect_left(offsets, end)


def _scaled(coordinate: float) -> int:
    return round(coordinate * SCALE)


def _row(passage: RowPassage, start: int, end: int) -> Anchor:
    first, last = _within(passage.offsets, start, end)
    offsets = [max(0, offset - start) for offset in passage.offsets[first:last]]
    return {"sheet": passage.sheet, "refs": [cell.ref for cell in passage.cells[first:last]], "offsets": offsets}


def _passage(one: Anchor, text: str) -> Passage:
    """The slice as a passage of its own."""
    if "page" in one:
        return _page_passage(one, text)
    if "text" in one:
        return TextPassage(text=text, kind="paragraph", section=tuple(one["section"]), offset=one["text"])
    if "sheet" in one:
        return _row_passage(one, text)
    begin, finish = one["time"]
    return SpeechPassage(text=text, kind="paragraph", segment=Segment(start=begin, end=finish, text=text))


def _page_passage(one: Anchor, text: str) -> PagePassage:
    offsets: list[int] = []
    boxes: list[Box | None] = []
    lines: list[int] = []
    for line, (y0, y1, flat) in enumerate(one["lines"]):
        for offset, x0, x1 in zip(flat[::3], flat[1::3], flat[2::3], strict=True):
            offsets.append(offset)
            boxes.append(None if x0 < 0 else (x0 / SCALE, y0 / SCALE, x1 / SCALE, y1 / SCALE))
            lines.append(line)
    return PagePassage(text=text, kind="paragraph", page=one["page"], offsets=offsets, boxes=boxes, lines=lines)


def _row_passage(one: Anchor, text: str) -> RowPassage:
    offsets: list[int] = one["offsets"]
    ends = [*(offset - len(CELL_SEPARATOR) for offset in offsets[1:]), len(text)]
    # Only the name and the text of a cell are evidence; its row and column are in the name.
    cells = [
        SheetCell(row=0, column=0, ref=ref, text=text[offset:end])
        for ref, offset, end in zip(one["refs"], offsets, ends, strict=True)
    ]
    return RowPassage(text=text, kind="table", sheet=one["sheet"], cells=cells, offsets=offsets)


def trimmed(part: Slice) -> Slice | None:
    """Without white space at both ends; `None` where nothing is left."""
    text = part.text
    left = len(text) - len(text.lstrip())
    right = len(text.rstrip())
    return replace(part, start=part.start + left, end=part.start + right) if left < right else None
