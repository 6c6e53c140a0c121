"""A page as its order and its tables are found from it: segments of text, and tables found so far as solid blocks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.reading.layout.lines import Lines, segments
from pipeline.reading.layout.marks import Bools, Ints, Marks, median
from pipeline.reading.tables.grid import Grid, is_number

Row = list[int]
"""Segments that stand side by side, left to right."""
Strip = list[Row]
"""Rows of one column, from the top."""

_SOLID_WORDS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What the order is found from; columns of equal length, one entry a segment."""

    lines: Lines
    words: Ints
    """How many words it has."""
    numeric: Bools
    """Whether it is a number, an amount or a date."""
    label: Bools
    """Whether it ends with a colon."""


def make_scene(marks: Marks, solid: Sequence[Grid]) -> tuple[Scene, int]:
    """Segments outside the tables, then one solid segment for each table; and the number of the first of these."""
    table = np.zeros(len(marks), np.bool_)
    for grid in solid:
        table[grid.words()] = True
    lines = segments(marks, parted=table)
    free = np.flatnonzero(~table[lines.start])
    lines = lines.take(free)
    text = marks.text
    counts = lines.stop - lines.start
    numeric = np.fromiter(map(is_number, text), np.bool_, len(text))
    share = np.array([numeric[a:b].mean() for a, b in zip(lines.start.tolist(), lines.stop.tolist(), strict=True)])
    labels = np.array([text[b - 1].endswith(":") for b in lines.stop.tolist()], np.bool_)
    extra = len(solid)
    boxes = np.array([grid.box for grid in solid]).reshape(-1, 4)
    height = np.full(extra, median(lines.height) if len(lines) else 1.0)
    zeros = np.zeros(extra, np.int64)
    whole = Lines(
        x0=np.append(lines.x0, boxes[:, 0]),
        y0=np.append(lines.y0, boxes[:, 1]),
        x1=np.append(lines.x1, boxes[:, 2]),
        y1=np.append(lines.y1, boxes[:, 3]),
        height=np.append(lines.height, height),
        size=np.append(lines.size, height),
        start=np.append(lines.start, zeros),
        stop=np.append(lines.stop, zeros),
        bold=np.append(lines.bold, zeros.astype(np.bool_)),
    )
    scene = Scene(
        lines=whole,
        words=np.append(counts, zeros + _SOLID_WORDS),
        numeric=np.append(share >= 0.5, zeros > 0),
        label=np.append(labels, zeros > 0),
    )
    return scene, len(lines)


def is_prose(scene: Scene, ids: Ints) -> bool:
    """Whether segments look like the lines of running text: long, and filling their column."""
    if len(ids) < 3 or np.median(scene.words[ids]) < 4:
        return False
    lines = scene.lines
    width = float(lines.x1[ids].max() - lines.x0[ids].min())
    return float(np.median(lines.x1[ids] - lines.x0[ids])) >= 0.7 * width
