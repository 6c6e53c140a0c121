"""Rows of segments and the gaps between columns → a grid of cells."""

from collections.abc import Sequence

import numpy as np

from pipeline.reading.layout.lines import Lines
from pipeline.reading.layout.marks import Floats, Marks
from pipeline.reading.layout.scene import Row, Scene
from pipeline.reading.tables.columns import Columns, columns_of
from pipeline.reading.tables.grid import Grid, GridCell, make_grid

_MOST_NAMES = 8
_TIGHT = 0.3
"""White space, in heights, between lines of one cell at most."""


def gap_between(lines: Lines, above: Row, row: Row) -> float:
    """White space between two rows, in heights."""
    return float(lines.y0[row].min() - lines.y1[above].max()) / float(lines.height[row[0]])


def grid_of(marks: Marks, scene: Scene, rows: Sequence[Row], edges: Sequence[float]) -> Grid:
    """The rows as a table whose columns are parted at `edges`."""
    lines = scene.lines
    bounds = np.array(edges)
    number = -1
    columns = Columns(lines, rows, bounds)
    cells: dict[tuple[int, int], list[int]] = {}
    spans: dict[tuple[int, int], int] = {}
    previous: Row = []
    names = _rows_of_names(scene, rows)
    for place, row in enumerate(rows):
        goes_on = place < names and _is_next_line(lines, previous, row, bounds)
        if number < 0 or not (goes_on or _continues(scene, previous, row, bounds, columns.ends)):
            number += 1
        previous = row
        for segment in row:
            for first, last, words in columns.pieces(marks, segment):
                cells.setdefault((number, first), []).extend(words)
                spans[number, first] = max(spans.get((number, first), 1), last - first + 1)
    made = [
        GridCell(row=row, column=column, column_span=spans[row, column], words=tuple(words))
        for (row, column), words in cells.items()
    ]
    return make_grid(marks, made)


def _rows_of_names(scene: Scene, rows: Sequence[Row]) -> int:
    """How many leading rows name columns of figures: those before the first with a figure; 0 where none is near."""
    return next((number for number, row in enumerate(rows[:_MOST_NAMES]) if scene.numeric[row].any()), 0)


def _is_next_line(lines: Lines, above: Row, row: Row, bounds: Floats) -> bool:
    """Whether a row is the next line of the names of columns above it, each within its column.

    A single text in the first column may as well name the rows that follow.
    """
    if (
        not above
        or (len(row) == 1 and columns_of(lines, row[0], bounds)[0] == 0)
        or gap_between(lines, above, row) > _TIGHT
    ):
        return False
    columns = [columns_of(lines, segment, bounds) for segment in (*above, *row)]
    return all(first == last for first, last in columns)


def _continues(scene: Scene, above: Row, row: Row, bounds: Floats, ends: Floats) -> bool:
    """Whether a row belongs to the row above: it fills cells left free there, or is its wrapped rest."""
    lines = scene.lines
    gap = gap_between(lines, above, row)
    over = {columns_of(lines, segment, bounds)[0]: segment for segment in above}
    columns = [columns_of(lines, segment, bounds) for segment in row]
    if gap < 0.5 and columns[0][0] > 0 and not any(first in over for first, _ in columns):
        return True
    if (len(row) >= len(above) and len(above) > 1) or scene.numeric[row].any() or len(row) > 2 or gap > _TIGHT:
        return False
    return all(
        first == last and first in over and _is_wrapped(scene, over[first], segment, float(ends[first]))
        for segment, (first, last) in zip(row, columns, strict=True)
    )


def _is_wrapped(scene: Scene, above: int, segment: int, end: float) -> bool:
    """Whether the first word of a segment would not have fitted on the line above it."""
    lines = scene.lines
    word = float(lines.x1[segment] - lines.x0[segment]) / max(1, int(scene.words[segment]))
    return float(lines.x1[above]) + word >= end
