"""Tables whose columns are only aligned: rows of segments that share gaps.

A run of rows that stand close and mostly hold several segments is taken as a candidate; the gaps that (nearly) no row
crosses part its columns. What reads like running text, or like labels with their values, is no table. A candidate that
fails is cut where its rows change most, and the parts are tried.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.reading.layout.lines import Lines
from pipeline.reading.layout.marks import Marks
from pipeline.reading.layout.scene import Row, Scene, is_prose
from pipeline.reading.tables.cells import gap_between, grid_of
from pipeline.reading.tables.columns import column_edges
from pipeline.reading.tables.grid import Grid
from pipeline.reading.tables.rules import Rules

_APART = 2.0
"""Rows further apart than this many heights are not of one table, unless they are alike."""
_FAR = 5.0
_CLEAR = 0.5
_LONGEST_BETWEEN = 12
"""A row of one segment and more words than this ends a table."""
_LOOK_AHEAD = 3
_MAX_CUTS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A table in the rows `start` to `stop` (half open) of a strip."""

    start: int
    stop: int
    grid: Grid


def find_aligned(
    marks: Marks, scene: Scene, strip: Sequence[Row], rules: Rules, *, strict: bool = False
) -> list[Found]:
    """The tables of a strip, from the top.

    With `strict`, only what is a table beyond doubt: for rows across the columns of a page that may be text.
    """
    search = _Search(marks, scene, strip, rules, strict=strict)
    for start, stop in _runs(scene.lines, scene, strip):
        search.between(start, stop, _MAX_CUTS)
    return search.found


class _Search:
    """The search of one strip."""

    def __init__(self, marks: Marks, scene: Scene, strip: Sequence[Row], rules: Rules, *, strict: bool) -> None:
        self.marks = marks
        self.strict = strict
        self.scene = scene
        self.strip = strip
        self.rules = rules
        self.found: list[Found] = []

    def between(self, start: int, stop: int, cuts: int) -> None:
        """Take the rows as a table, or else cut them and try the parts."""
        rows = self.strip[start:stop]
        if sum(len(row) > 1 for row in rows) < 2:
            return
        cut = self._better_cut(rows) if cuts else 0
        if not cut and self._take(start, stop):
            return
        cut = cut or _sharpest_change(self.scene.lines, rows)
        if cuts and cut:
            self.between(start, start + cut, cuts - 1)
            self.between(start + cut, stop, cuts - 1)

    def _better_cut(self, rows: Sequence[Row]) -> int:
        """Before which row a cut would show more columns in one of the parts: two tables, or a table below labels."""
        lines = self.scene.lines
        headings = [number for number in range(3, len(rows) - 1) if self._is_heading(rows, number)]
        if headings:
            return headings[0]
        cuts = [
            number for number in range(2, len(rows) - 1) if gap_between(lines, rows[number - 1], rows[number]) > _APART
        ]
        found = {
            cut: max(_column_count(lines, rows[:cut]), _column_count(lines, rows[cut:])) for cut in cuts[:_MAX_CUTS]
        }
        best = max(found, key=lambda cut: found[cut], default=0)
        return best if best and found[best] > _column_count(lines, rows) else 0

    def _is_heading(self, rows: Sequence[Row], number: int) -> bool:
        """Whether a row names columns anew: a full row without figures between rows of figures, standing clear."""
        row, above, below = rows[number], rows[number - 1], rows[number + 1]
        numeric = self.scene.numeric
        return (
            min(len(row), len(above), len(below)) > 1
            and len(row) >= max(len(above), len(below))
            and not numeric[row].any()
            and bool(numeric[above].any() and numeric[below].any())
            and gap_between(self.scene.lines, above, row) > _CLEAR
        )

    def _take(self, start: int, stop: int) -> bool:
        lines, rows = self.scene.lines, self.strip[start:stop]
        edges = column_edges(lines, rows)
        if not edges or not _is_table(self.scene, rows, edges, _rules_near(lines, rows, self.rules)):
            return False
        if self.strict and not _is_surely_table(self.scene, rows, edges):
            return False
        start, stop = self._trimmed(start, stop, edges)
        stop = _with_tail(lines, self.strip, stop, edges)
        grid = grid_of(self.marks, self.scene, self.strip[start:stop], edges)
        if not grid.plausible:
            return False
        self.found.append(Found(start=start, stop=stop, grid=grid))
        return True

    def _trimmed(self, start: int, stop: int, edges: Sequence[float]) -> tuple[int, int]:
        """Without captions above and notes below: rows with next to no cells."""
        few = max(1, 0.25 * (len(edges) + 1))
        full = [
            number for number in range(start, stop) if len(_filled(self.scene.lines, self.strip[number], edges)) > few
        ]
        return (full[0], full[-1] + 1) if len(full) >= 2 else (start, stop)


def _column_count(lines: Lines, rows: Sequence[Row]) -> int:
    return len(column_edges(lines, rows)) + 1 if sum(len(row) > 1 for row in rows) >= 2 else 0


def _runs(lines: Lines, scene: Scene, strip: Sequence[Row]) -> list[tuple[int, int]]:
    """Stretches of rows that begin and end with several segments and have few single ones between."""
    runs: list[tuple[int, int]] = []
    start = last = -1
    for number, row in enumerate(strip):
        if start >= 0 and _parts(lines, scene, strip, last, number):
            runs.append((start, last + 1))
            start = -1
        if len(row) > 1:
            start = number if start < 0 else start
            last = number
    if start >= 0:
        runs.append((start, last + 1))
    return [(start, stop) for start, stop in runs if stop - start >= 2]


def _parts(lines: Lines, scene: Scene, strip: Sequence[Row], last: int, number: int) -> bool:
    """Whether a row cannot be of the table that the row `last` is of."""
    row, above = strip[number], strip[number - 1]
    gap = gap_between(lines, above, row)
    if len(row) > 1:
        return gap > _APART and (gap > _FAR or not _alike(lines, strip[last], row))
    return gap > _APART or number - last > _LOOK_AHEAD or int(scene.words[row[0]]) > _LONGEST_BETWEEN


def _rules_near(lines: Lines, rows: Sequence[Row], rules: Rules) -> int:
    """How many level rules run along these rows, over most of their width."""
    ids = [segment for row in rows for segment in row]
    height = float(np.median(lines.height[ids]))
    left, right = float(lines.x0[ids].min()), float(lines.x1[ids].max())
    top, bottom = float(lines.y0[ids].min()) - height, float(lines.y1[ids].max()) + height
    y, x0, x1 = rules.level[:, 0], rules.level[:, 1], rules.level[:, 2]
    covered = np.minimum(x1, right) - np.maximum(x0, left)
    return int(np.sum((y > top) & (y < bottom) & (covered >= 0.7 * (right - left))))


def _is_table(scene: Scene, rows: Sequence[Row], edges: Sequence[float], rule_count: int) -> bool:
    many = [row for row in rows if len(row) > 1]
    columns = len(edges) + 1
    filled = [_filled(scene.lines, row, edges) for row in many]
    fill = float(np.mean([len(each) / columns for each in filled]))
    ids = np.concatenate([np.array(row) for row in many])
    words = scene.words[ids]
    numeric = float(np.mean(scene.numeric[ids]))
    if np.median(words) > 6 or np.mean(words) > 9 or fill < 0.45:
        return False
    if columns >= 3:
        return len(many) >= 3 or rule_count >= 1 or numeric >= 0.3
    last = np.array([row[-1] for row in many])
    labels = float(np.mean(scene.label[np.array([row[0] for row in many])]))
    if labels >= 0.4:
        return False
    if rule_count >= 3:
        return len(many) >= 2 and len(many) >= 0.7 * len(rows)
    return len(many) >= 4 and float(np.mean(scene.numeric[last])) >= 0.7 and len(many) >= 0.6 * len(rows)


def _is_surely_table(scene: Scene, rows: Sequence[Row], edges: Sequence[float]) -> bool:
    """Whether there are three columns and four rows, many figures, and no column of running text."""
    many = [row for row in rows if len(row) > 1]
    ids = np.concatenate(many)
    if len(edges) < 2 or len(many) < 4 or np.mean(scene.numeric[ids]) < 0.3:
        return False
    lines = scene.lines
    column = np.searchsorted(np.array(edges), (lines.x0[ids] + lines.x1[ids]) / 2)
    return not any(is_prose(scene, ids[column == number]) for number in range(len(edges) + 1))


def _filled(lines: Lines, row: Row, edges: Sequence[float]) -> set[int]:
    """The columns in which a row has something."""
    middles = (lines.x0[row] + lines.x1[row]) / 2
    return set(np.searchsorted(np.array(edges), middles).tolist())


def _with_tail(lines: Lines, strip: Sequence[Row], stop: int, edges: Sequence[float]) -> int:
    """Where the table ends when the wrapped lines of its last row are counted in."""
    while stop < len(strip) and len(strip[stop]) == 1:
        above, row = strip[stop - 1], strip[stop][0]
        gap = float(lines.y0[row] - max(lines.y1[above]))
        starts = [float(lines.x0[segment]) for segment in above]
        inside = np.searchsorted(np.array(edges), lines.x0[row]) == np.searchsorted(np.array(edges), lines.x1[row])
        beside = min(abs(float(lines.x0[row]) - start) for start in starts) < 0.5 * lines.height[row]
        if gap > 0.25 * lines.height[row] or not inside or not beside or len(edges) < 2:
            break
        stop += 1
    return stop


def _sharpest_change(lines: Lines, rows: Sequence[Row]) -> int:
    """Before which row a failed candidate is best cut: where the segments of neighbours overlap least."""
    best, place = 2.0, 0
    for number in range(1, len(rows)):
        above, row = rows[number - 1], rows[number]
        likeness = _likeness(lines, above, row) - 0.3 * max(0.0, gap_between(lines, above, row))
        if likeness < best - 1e-9:
            best, place = likeness, number
    return place


def _likeness(lines: Lines, above: Row, row: Row) -> float:
    """Share of segments that stand over exactly one of the other row, from 0 to 1."""
    over = (lines.x0[above][:, None] < lines.x1[row]) & (lines.x1[above][:, None] > lines.x0[row])
    single = int((over.sum(0) == 1).sum() + (over.sum(1) == 1).sum())
    return single / (len(above) + len(row))


def _alike(lines: Lines, above: Row, row: Row) -> bool:
    """Whether half of the shorter row stands under the longer, and nothing under two of its segments."""
    over = (lines.x0[above][:, None] < lines.x1[row]) & (lines.x1[above][:, None] > lines.x0[row])
    few = over.sum(0) if len(row) <= len(above) else over.sum(1)
    return bool(over.sum(0).max() <= 1 and over.sum(1).max() <= 1 and (few == 1).mean() >= 0.5)
