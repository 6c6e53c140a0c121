"""Columns that are only aligned: the gaps that part them, and what stands in which."""

from collections.abc import Sequence

import numpy as np

from pipeline.reading.layout.lines import Lines
from pipeline.reading.layout.marks import Floats, Marks, median

_REACH = 0.7
_CROSSING = 0.12
"""Share of rows that may cross a gap between columns, as headings over several columns do."""


def column_edges(lines: Lines, rows: Sequence[Sequence[int]]) -> list[float]:
    """The middles of the gaps that part the columns: those of the rows with the most segments, if these part more."""
    many = [row for row in rows if len(row) > 1]
    edges = _gaps(lines, many, max(int(_CROSSING * len(many)), int(len(many) >= 5)))
    most = max(len(row) for row in many)
    full = [row for row in many if len(row) >= 0.8 * most]
    if len(edges) + 1 < most and len(full) >= max(2, 0.25 * len(many)):
        finer = _gaps(lines, full, 0)
        return finer if len(finer) > len(edges) else edges
    return edges


def _gaps(lines: Lines, rows: Sequence[Sequence[int]], allowed: int) -> list[float]:
    """The middles of the gaps that no more than some rows cross."""
    ids = np.concatenate(rows)
    places = np.concatenate((lines.x0[ids], lines.x1[ids]))
    change = np.repeat((1, -1), len(ids))
    order = np.lexsort((change, places))
    places, depth = places[order], change[order].cumsum()
    least = 0.4 * median(lines.height[ids])
    taken = (depth > allowed).nonzero()[0]
    # What lies before the first column and behind the last is no gap.
    before, after = taken[:-1], taken[1:]
    begin, end = places[before + 1], places[after]
    wide = (after - before > 1) & (end - begin >= least)
    return _holding(((begin + end) / 2)[wide], lines.x0[ids], lines.x1[ids])


def _holding(edges: Floats, x0: Floats, x1: Floats) -> list[float]:
    """The edges between columns that hold at least one segment whole: a wide heading alone makes no column."""
    first, last = np.searchsorted(edges, x0), np.searchsorted(edges, x1)
    held = set(first[first == last].tolist())
    return [edge for number, edge in enumerate(edges.tolist()) if number + 1 in held]


def columns_of(lines: Lines, segment: int, bounds: Floats) -> tuple[int, int]:
    """First and last column that a segment stands in; a small overhang does not count."""
    slack = 0.5 * float(lines.height[segment])
    left, right = float(lines.x0[segment]), float(lines.x1[segment])
    middle = (left + right) / 2
    first = int(np.searchsorted(bounds, min(left + slack, middle)))
    last = int(np.searchsorted(bounds, max(right - slack, middle)))
    return first, last


class Columns:
    """Where the texts of each column begin, end and have their middles."""

    def __init__(self, lines: Lines, rows: Sequence[Sequence[int]], bounds: Floats) -> None:
        self._lines = lines
        self._bounds = np.asarray(bounds, np.float64)
        single: list[list[int]] = [[] for _ in range(len(bounds) + 1)]
        for row in rows:
            for segment in row:
                first, last = columns_of(lines, segment, bounds)
                if first == last:
                    single[first].append(segment)
        self._usual = [
            [median(edge[ids]) for edge in (lines.x0, lines.x1, lines.x0 + lines.x1)] if ids else None for ids in single
        ]
        self.ends = self._ends(single)

    def _ends(self, single: Sequence[Sequence[int]]) -> Floats:
        """How far to the right the lines of each column may reach.

        The longest shows it where text wraps; where all are short, most of the way to the next column.
        """
        lines = self._lines
        ends = np.array([float(lines.x1[ids].max()) if ids else 0.0 for ids in single])
        starts = np.array([float(lines.x0[ids].min()) if ids else 0.0 for ids in single])
        ends[:-1] = np.maximum(ends[:-1], starts[:-1] + _REACH * (self._bounds - starts[:-1]))
        return ends

    def pieces(self, marks: Marks, segment: int) -> list[tuple[int, int, range]]:
        """First column, last column and words of a segment, or of its parts where neighbouring cells touch."""
        lines = self._lines
        words = range(int(lines.start[segment]), int(lines.stop[segment]))
        first, last = columns_of(lines, segment, self._bounds)
        if first == last:
            return [(first, last, words)]
        x0, x1 = marks.boxes[words.start : words.stop, 0], marks.boxes[words.start : words.stop, 2]
        column = np.searchsorted(self._bounds, (x0 + x1) / 2)
        parts: list[tuple[int, int, range]] = []
        for number in range(first, last + 1):
            mine = (column == number).nonzero()[0]
            if not len(mine) or not self._fits(number, float(x0[mine].min()), float(x1[mine].max()), segment):
                return [(first, last, words)]
            parts.append((number, number, words[int(mine[0]) : int(mine[-1]) + 1]))
        return parts

    def _fits(self, column: int, x0: float, x1: float, segment: int) -> bool:
        """Whether a text is aligned with the others of a column: left, right or in the middle."""
        usual = self._usual[column]
        near = 0.5 * float(self._lines.height[segment])
        return usual is not None and (
            abs(x0 - usual[0]) < near or abs(x1 - usual[1]) < near or abs((x0 + x1) - usual[2]) < near
        )
