"""Tables whose cells are drawn: rules that cross → grids.

Rules that cross, directly or through others, make a component; its distinct places are the edges of rows and
columns. Neighbouring cells with no rule between them are one merged cell, unless the text itself shows a gap there.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from pipeline.reading.layout.lines import Lines
from pipeline.reading.layout.marks import Bools, Floats, Ints, Marks, median
from pipeline.reading.layout.rows import rows_across
from pipeline.reading.tables.columns import column_edges
from pipeline.reading.tables.grid import Grid, GridCell, is_number, make_grid
from pipeline.reading.tables.rules import Rules

_NEAR = 3.0
_MOST_RULES = 800
_MOST_CELLS = 6_000
_LEAST_FILL = 0.25
_FEWEST_ROWS = 3
_MOST_SHADES = 2
_INNER = 0.3
"""Share of its height by which a rule must lie inside a word to run through it."""
_MOST_STRUCK = 0.1
"""Share of the words with rules through them: more, and the rules are a drawing behind the text."""
_LONGEST_CELL = 60
"""A median of more words in a cell than this: frames around running text, no table."""


def find_ruled(marks: Marks, lines: Lines, rules: Rules, unit: float) -> list[Grid]:
    """The ruled tables of a page, from the top; `lines` are the segments of its words."""
    grids = _grids(marks, lines, rules, unit)
    if grids and rules.drawn is not None:
        drawn = _grids(marks, lines, rules.drawn, unit)
        grids = [next((other for other in drawn if _says_better(other, grid)), grid) for grid in grids]
    return sorted(grids, key=lambda grid: (grid.box[1], grid.box[0]))


def _says_better(drawn: Grid, grid: Grid) -> bool:
    """Whether lines part the rows of a table and only shadings, one for each line of text, part them further."""
    same = drawn.columns == grid.columns and set(drawn.words()) == set(grid.words())
    return same and _FEWEST_ROWS <= drawn.rows < grid.rows <= _MOST_SHADES * drawn.rows


def _grids(marks: Marks, lines: Lines, rules: Rules, unit: float) -> list[Grid]:
    level, upright = rules.level, rules.upright
    if len(level) < 2 or len(upright) < 2 or max(len(level), len(upright)) > _MOST_RULES:
        return []
    grids = []
    for rows, columns in _components(_crossings(level, upright, unit)):
        grid = _grid(marks, lines, level[rows], upright[columns], unit)
        if grid is not None:
            grids.append(grid)
    return grids


def _struck(rules: Floats, boxes: Floats, axis: int) -> Bools:
    """Which words rules run through, as no edge of a cell does; `axis` is that of their places, 0 for upright ones."""
    low, high = boxes[:, axis], boxes[:, axis + 2]
    inner = _INNER * (boxes[:, 3] - boxes[:, 1])
    middle = (boxes[:, 1 - axis] + boxes[:, 3 - axis]) / 2
    struck = np.zeros(len(boxes), np.bool_)
    for place, begin, end in rules.tolist():
        struck |= (low + inner < place) & (place < high - inner) & (begin < middle) & (middle < end)
    return struck


def _crossings(level: Floats, upright: Floats, unit: float) -> Bools:
    near = _NEAR * unit
    y, x0, x1 = (level[:, [column]] for column in range(3))
    x, y0, y1 = (upright[:, column] for column in range(3))
    crossings: Bools = (x >= x0 - near) & (x <= x1 + near) & (y >= y0 - near) & (y <= y1 + near)
    return crossings


def _components(crossings: Bools) -> Iterator[tuple[Ints, Ints]]:
    """Sets of level and upright rules that hang together, where there are two of each."""
    todo = np.any(crossings, axis=1)
    while todo.any():
        rows: Bools = np.zeros(len(todo), np.bool_)
        rows[np.argmax(todo)] = True
        while True:
            columns = np.any(crossings[rows], axis=0)
            grown = np.any(crossings[:, columns], axis=1)
            if (grown == rows).all():
                break
            rows = grown
        todo &= ~rows
        if rows.sum() >= 2 and columns.sum() >= 2:
            yield np.flatnonzero(rows), np.flatnonzero(columns)


def _places(values: Floats, ends: Sequence[float], near: float) -> Floats:
    """Distinct places of rules; the ends of the crossing rules close an open side."""
    places = np.sort(values)
    groups = np.split(places, np.flatnonzero(np.diff(places) > near) + 1)
    found = [float(group.mean()) for group in groups]
    low, high = ends
    if low < found[0] - 2 * near:
        found.insert(0, low)
    if high > found[-1] + 2 * near:
        found.append(high)
    return np.array(found)


def _grid(marks: Marks, lines: Lines, level: Floats, upright: Floats, unit: float) -> Grid | None:
    near = _NEAR * unit
    ys = _places(level[:, 0], (upright[:, 1].min(), upright[:, 2].max()), near)
    xs = _places(upright[:, 0], (level[:, 1].min(), level[:, 2].max()), near)
    if len(xs) < 3 or len(ys) < 2 or len(xs) * len(ys) > _MOST_CELLS:
        return None
    xs = _with_unruled_columns(lines, xs, ys)
    ys = _with_heading(marks, xs, ys)
    inside = _inside(marks, xs, ys)
    boxes = marks.boxes[inside]
    if len(inside) < 2 or np.mean(_struck(level, boxes, 1) | _struck(upright, boxes, 0)) > _MOST_STRUCK:
        return None
    middle_x = (marks.boxes[:, 0] + marks.boxes[:, 2]) / 2
    middle_y = (marks.boxes[:, 1] + marks.boxes[:, 3]) / 2
    row = np.searchsorted(ys, middle_y[inside]) - 1
    column = np.searchsorted(xs, middle_x[inside]) - 1
    shape = (len(ys) - 1, len(xs) - 1)
    right = _open_edges(upright, xs[1:-1], ys, near)
    below = _open_edges(level, ys[1:-1], xs, near)
    right &= _crossed(marks, inside, row, xs, shape)
    cells = _merged_cells(shape, right, below)
    grid = make_grid(marks, list(_split_rows(marks, cells, inside, row, column)))
    return grid if _is_table(grid) else None


def _inside(marks: Marks, xs: Floats, ys: Floats) -> Ints:
    """The words whose middles lie between the outermost edges."""
    x, y = (marks.boxes[:, :2] + marks.boxes[:, 2:]).T / 2
    return np.flatnonzero((x > xs[0]) & (x < xs[-1]) & (y > ys[0]) & (y < ys[-1]))


def _with_unruled_columns(lines: Lines, xs: Floats, ys: Floats) -> Floats:
    """The edges of columns with those that are only aligned, between rules further apart."""
    x, y = (lines.x0 + lines.x1) / 2, (lines.y0 + lines.y1) / 2
    level = (y > ys[0]) & (y < ys[-1])
    more: list[float] = []
    for left, right in pairwise(xs.tolist()):
        ids = np.flatnonzero(level & (x > left) & (x < right))
        rows = rows_across(lines, ids) if len(ids) > 3 else []
        several = sum(len(row) > 1 for row in rows)
        if several >= 2 and several >= 0.6 * len(rows) and np.median((lines.stop - lines.start)[ids]) <= 3:
            more += column_edges(lines, rows)
    return np.sort(np.append(xs, more))


def _with_heading(marks: Marks, xs: Floats, ys: Floats) -> Floats:
    """The edges of rows with one more on top where names of columns stand right above the rules."""
    height = median(marks.boxes[:, 3] - marks.boxes[:, 1])
    words = _inside(marks, xs, np.array((ys[0] - 1.5 * height, ys[0])))
    if not len(words):
        return ys
    starts, stops = _stretches(marks, words)
    first = np.searchsorted(xs, marks.boxes[words[starts], 0] + 0.2 * height)
    last = np.searchsorted(xs, marks.boxes[words[stops], 2] - 0.2 * height)
    top = float(marks.boxes[words, 1].min())
    level = float(marks.boxes[words, 3].max()) - top < 1.5 * height
    if level and (first == last).all() and len(np.unique(first)) >= max(2, 0.5 * (len(xs) - 1)):
        return np.append(top - 1, ys)
    return ys


def _stretches(marks: Marks, words: Ints) -> tuple[Ints, Ints]:
    """Where, among some words, stretches of neighbours in one line begin, and their last words."""
    joined = (np.diff(marks.line[words]) == 0) & (np.diff(words) == 1)
    starts = np.append(0, np.flatnonzero(~joined) + 1)
    return starts, np.append(starts[1:], len(words)) - 1


def _open_edges(rules: Floats, places: Floats, across: Floats, near: float) -> Bools:
    """For each stretch of `across` and each inner place: whether no rule covers half of it."""
    covered = np.zeros((len(across) - 1, len(places)))
    for place, low, high in rules:
        which = np.abs(places - place) <= near
        if which.any():
            length = np.minimum(high, across[1:]) - np.maximum(low, across[:-1])
            covered[:, which] += np.maximum(length, 0)[:, None]
    open_edges: Bools = covered < 0.5 * np.diff(across)[:, None]
    return open_edges


def _crossed(marks: Marks, inside: Ints, row: Ints, xs: Floats, shape: tuple[int, int]) -> Bools:
    """For each row and inner edge: whether words run across it, or one side of it is empty."""
    x0, x1 = marks.boxes[inside, 0], marks.boxes[inside, 2]
    crossed = np.ones((shape[0], shape[1] - 1), np.bool_)
    for number in np.unique(row):
        mine = np.flatnonzero(row == number)
        starts, stops = _stretches(marks, inside[mine])
        for edge, x in enumerate(xs[1:-1]):
            left, right = x1[mine] <= x + 1, x0[mine] >= x - 1
            spans = (x0[mine[starts]] < x - 1) & (x1[mine[stops]] > x + 1)
            crossed[number, edge] = bool(spans.any()) or not (left.any() and right.any())
    return crossed


def _merged_cells(shape: tuple[int, int], right: Bools, below: Bools) -> list[tuple[int, int, int, int]]:
    """Cells `row, column, row span, column span`: rectangles of neighbours with no rule between them."""
    taken = np.zeros(shape, np.bool_)
    cells = []
    for row in range(shape[0]):
        for column in range(shape[1]):
            if taken[row, column]:
                continue
            wide = 1
            while column + wide < shape[1] and right[row, column + wide - 1] and not taken[row, column + wide]:
                wide += 1
            high = 1
            while row + high < shape[0] and _continues(row + high, column, wide, right, below):
                high += 1
            taken[row : row + high, column : column + wide] = True
            cells.append((row, column, high, wide))
    return cells


def _continues(row: int, column: int, wide: int, right: Bools, below: Bools) -> bool:
    """Whether the cell above goes on in this row, over its whole width."""
    return bool(below[column : column + wide, row - 1].all()) and bool(right[row, column : column + wide - 1].all())


def _split_rows(
    marks: Marks, cells: Sequence[tuple[int, int, int, int]], inside: Ints, row: Ints, column: Ints
) -> Iterator[GridCell]:
    """Cells with their words; a row that holds several rows of figures is split at them."""
    begins = {
        number: _row_starts(marks, inside[row == number], column[row == number]) for number in np.unique(row).tolist()
    }
    scale = 1 + max((len(starts) for starts in begins.values()), default=1)
    middle = (marks.boxes[:, 1] + marks.boxes[:, 3]) / 2
    for top, left, high, wide in cells:
        mine = inside[(row >= top) & (row < top + high) & (column >= left) & (column < left + wide)]
        starts = begins.get(top, []) if high == 1 else []
        part = (
            np.searchsorted(np.array(starts), middle[mine], side="right") if starts else np.zeros(len(mine), np.int64)
        )
        for number in np.unique(part).tolist():
            words = in_lines(marks, mine[part == number])
            row_span = high * scale if not starts else 1
            yield GridCell(row=top * scale + number, column=left, row_span=row_span, column_span=wide, words=words)


def in_lines(marks: Marks, words: Ints) -> tuple[int, ...]:
    """Words of a cell, line by line."""
    if len(words) < 2:
        return tuple(words.tolist())
    boxes = marks.boxes[words]
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    order = np.argsort(middle, kind="stable")
    step = 0.5 * float(np.median(boxes[:, 3] - boxes[:, 1]))
    line = np.empty(len(words), np.int64)
    line[order] = np.cumsum(np.append(0, np.diff(middle[order]) > step))
    return tuple(words[np.lexsort((boxes[:, 0], line))].tolist())


def _row_starts(marks: Marks, words: Ints, column: Ints) -> list[float]:
    """Where rows of figures begin inside one drawn row: the places between them, none where there is but one.

    The column with the most lines that are figures sets the rows; a second column must agree.
    """
    counts: list[list[float]] = []
    for number in np.unique(column).tolist():
        mine = words[column == number]
        tops = marks.boxes[mine, 1]
        lines: dict[int, list[int]] = {}
        for word in mine.tolist():
            lines.setdefault(int(marks.line[word]), []).append(word)
        figures = [line for line in lines.values() if is_number(" ".join(marks.text[word] for word in line))]
        if len(figures) >= 2 and len(figures) >= 0.6 * len(lines) and len(tops):
            counts.append(sorted(float(marks.boxes[line, 1].min()) for line in figures))
    if len(counts) < 2:
        return []
    counts.sort(key=len, reverse=True)
    return counts[0][1:]


def _is_table(grid: Grid) -> bool:
    if not grid.plausible:
        return False
    lengths = sorted(len(cell.words) for cell in grid.cells)
    covered = sum(cell.row_span * cell.column_span for cell in grid.cells)
    full = covered >= _LEAST_FILL * grid.rows * grid.columns
    return full and len(grid.cells) >= 4 and lengths[len(lengths) // 2] <= _LONGEST_CELL
