"""Segments that an engine parted though they are one: words put on the page one by one, raised figures, other fonts."""

from dataclasses import replace

import numpy as np

from pipeline.reading.layout.lines import Lines
from pipeline.reading.layout.marks import Ints, Marks
from pipeline.reading.layout.rows import rows_across

_CLOSE = 0.6
"""Neighbours in a row that are no further apart than this many heights are one segment: a gutter is wider."""
_OVERLAP = -0.8


def joined(lines: Lines) -> tuple[Ints, Ints] | None:
    """The words in a new order and their line numbers in that order; `None` where nothing is to be joined."""
    order: list[int] = []
    line: list[int] = []
    number = -1
    changed = False
    for row in rows_across(lines):
        for place, segment in enumerate(row):
            together = place > 0 and _belong_together(lines, row[place - 1], segment)
            number += not together
            changed |= together
            words = range(int(lines.start[segment]), int(lines.stop[segment]))
            order += words
            line += [number] * len(words)
    return (np.array(order), np.array(line)) if changed else None


def _belong_together(lines: Lines, left: int, right: int) -> bool:
    height = max(float(lines.height[left]), float(lines.height[right]))
    gap = float(lines.x0[right] - lines.x1[left])
    level = float(abs(lines.y1[right] - lines.y1[left])) < 0.5 * height
    return level and _OVERLAP * height < gap <= _CLOSE * height


def reordered(marks: Marks, order: Ints, line: Ints) -> Marks:
    """The same words in another order, with new lines."""
    return replace(
        marks,
        text=[marks.text[word] for word in order.tolist()],
        boxes=marks.boxes[order],
        line=line,
        size=marks.size[order],
        bold=marks.bold[order],
        confidence=None if marks.confidence is None else marks.confidence[order],
    )
