"""Tables whose columns are only aligned: rows of segments that share gaps.

A run of rows that stand close and mostly hold several segments is taken as a candidate; the gaps that (nearly) no row
crosses part its columns. What reads like running text, or like labels with their values, is no table. A candidate that
fails is cut where its rows change most, and the parts are tried.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.reading.layout.lines import Lines
from pipeline.reading.layout.marks import Floats, Marks
from pipeline.reading.layout.order import Row, Scene
from pipeline.reading.tables.grid import Grid, GridCell, make_grid
from pipeline.reading.tables.rules import Rules

_APART = 2.0
"""Rows further apart than this many heights are not of one table."""
_LOOK_AHEAD = 3
_CROSSING = 0.12
"""Share of rows that may cross a gap between columns, as headings over several columns do."""
_MAX_CUTS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A table in the rows `start` to `stop` (half open) of a strip."""

    start: int
    stop: int
    grid: Grid


def find_aligned(marks: Marks, scene: Scene, strip: Sequence[Row], rules: Rules) -> list[Found]:
    """The tables of a strip, from the top."""
    search = _Search(marks, scene, strip, rules)
    for start, stop in _runs(scene.lines, scene, strip):
        search.between(start, stop, _MAX_CUTS)
    return search.found


class _Search:
    """The search of one strip."""

    def __init__(self, marks: Marks, scene: Scene, strip: Sequence[Row], rules: Rules) -> None:
        self.marks = marks
        self.scene = scene
        self.strip = strip
        self.rules = rules
        self.found: list[Found] = []

    def between(self, start: int, stop: int, cuts: int) -> None:
        """Take the rows as a table, or else cut them and try the parts."""
        lines, rows = self.scene.lines, self.strip[start:stop]
        if sum(len(row) > 1 for row in rows) < 2 or self._take(start, stop):
            return
        cut = _sharpest_change(lines, rows)
        if cuts and cut:
            self.between(start, start + cut, cuts - 1)
            self.between(start + cut, stop, cuts - 1)

    def _take(self, start: int, stop: int) -> bool:
        lines, rows = self.scene.lines, self.strip[start:stop]
        edges = _column_edges(lines, rows)
        if not edges or not _is_table(self.scene, rows, edges, _rules_near(lines, rows, self.rules)):
            return False
        stop = _with_tail(lines, self.strip, stop, edges)
        grid = _grid(self.marks, self.scene, self.strip[start:stop], edges)
        if grid.rows < 2 or grid.columns < 2:
            return False
        self.found.append(Found(start=start, stop=stop, grid=grid))
        return True


def _runs(lines: Lines, scene: Scene, strip: Sequence[Row]) -> list[tuple[int, int]]:
    """Stretches of rows that begin and end with several segments and have few single ones between."""
    tops = [min(lines.y0[row]) for row in strip]
    bottoms = [max(lines.y1[row]) for row in strip]
    runs: list[tuple[int, int]] = []
    start = last = -1
    for number, row in enumerate(strip):
        height = float(lines.height[row[0]])
        if number and start >= 0 and tops[number] - bottoms[number - 1] > _APART * height:
            runs.append((start, last + 1))
            start = -1
        if len(row) > 1:
            start = number if start < 0 else start
            last = number
        elif start >= 0 and (number - last > _LOOK_AHEAD or scene.words[row[0]] > 12):
            runs.append((start, last + 1))
            start = -1
    if start >= 0:
        runs.append((start, last + 1))
    return [(start, stop) for start, stop in runs if stop - start >= 2]


def _column_edges(lines: Lines, rows: Sequence[Row]) -> list[float]:
    """The middles of the gaps that part the columns."""
    many = [row for row in rows if len(row) > 1]
    allowed = int(_CROSSING * len(many))
    x0 = np.concatenate([lines.x0[row] for row in many])
    x1 = np.concatenate([lines.x1[row] for row in many])
    places = np.concatenate((x0, x1))
    change = np.concatenate((np.ones(len(x0)), -np.ones(len(x1))))
    order = np.lexsort((change, places))
    depth = np.cumsum(change[order])
    sorted_places = places[order]
    least = 0.4 * float(np.median(lines.height[np.concatenate(many)]))
    edges: list[float] = []
    begin: float | None = None
    for place, now in zip(sorted_places.tolist(), depth.tolist(), strict=True):
        if now <= allowed:
            begin = place if begin is None else begin
        elif begin is not None:
            if place - begin >= least and begin > sorted_places[0]:
                edges.append((begin + place) / 2)
            begin = None
    return edges


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
    if rule_count >= 2:
        return len(many) >= 2 and len(many) >= 0.5 * len(rows)
    return len(many) >= 4 and float(np.mean(scene.numeric[last])) >= 0.7 and len(many) >= 0.6 * len(rows)


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
        gap = float(min(lines.y0[row]) - max(lines.y1[above])) / float(lines.height[row[0]])
        likeness = _likeness(lines, above, row) - 0.3 * max(0.0, gap)
        if likeness < best - 1e-9:
            best, place = likeness, number
    return place


def _likeness(lines: Lines, above: Row, row: Row) -> float:
    """Share of segments that stand over exactly one of the other row, from 0 to 1."""
    over = (lines.x0[above][:, None] < lines.x1[row]) & (lines.x1[above][:, None] > lines.x0[row])
    single = int((over.sum(0) == 1).sum() + (over.sum(1) == 1).sum())
    return single / (len(above) + len(row))


def _grid(marks: Marks, scene: Scene, rows: Sequence[Row], edges: Sequence[float]) -> Grid:
    lines = scene.lines
    bounds = np.array(edges)
    number = -1
    widest = _column_ends(lines, rows, bounds)
    cells: dict[tuple[int, int], list[int]] = {}
    spans: dict[tuple[int, int], int] = {}
    previous: Row = []
    for row in rows:
        if number < 0 or not _continues(scene, previous, row, bounds, widest):
            number += 1
        previous = row
        for segment in row:
            first, last = _columns_of(lines, segment, bounds)
            cells.setdefault((number, first), []).extend(range(int(lines.start[segment]), int(lines.stop[segment])))
            spans[number, first] = max(spans.get((number, first), 1), last - first + 1)
    made = [
        GridCell(row=row, column=column, column_span=spans[row, column], words=tuple(words))
        for (row, column), words in cells.items()
    ]
    return make_grid(marks, made)


def _columns_of(lines: Lines, segment: int, bounds: Floats) -> tuple[int, int]:
    """First and last column that a segment stands in; a small overhang does not count."""
    slack = 0.5 * float(lines.height[segment])
    left, right = float(lines.x0[segment]), float(lines.x1[segment])
    middle = (left + right) / 2
    first = int(np.searchsorted(bounds, min(left + slack, middle)))
    last = int(np.searchsorted(bounds, max(right - slack, middle)))
    return first, last


def _column_ends(lines: Lines, rows: Sequence[Row], bounds: Floats) -> Floats:
    """How far to the right each column's text reaches."""
    ends = np.zeros(len(bounds) + 1)
    for row in rows:
        for segment in row:
            first, last = _columns_of(lines, segment, bounds)
            if first == last:
                ends[first] = max(ends[first], float(lines.x1[segment]))
    return ends


def _continues(scene: Scene, above: Row, row: Row, bounds: Floats, ends: Floats) -> bool:
    """Whether a row is the wrapped rest of the row above.

    It holds no figures and fewer cells, stands close, and its words would not have fitted on the line above.
    """
    lines = scene.lines
    if (len(row) >= len(above) and len(above) > 1) or scene.numeric[row].any() or len(row) > 2:
        return False
    gap = float(lines.y0[row].min() - lines.y1[above].max())
    if gap > 0.3 * float(lines.height[row[0]]):
        return False
    over = {_columns_of(lines, segment, bounds)[0]: segment for segment in above}
    for segment in row:
        first, last = _columns_of(lines, segment, bounds)
        if first != last or first not in over:
            return False
        width = float(lines.x1[segment] - lines.x0[segment])
        word = width / max(1, int(scene.words[segment]))
        if float(lines.x1[over[first]]) + word < float(ends[first]):
            return False
    return True
