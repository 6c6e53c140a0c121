"""One page: what the engine saw → words in reading order and drafts of its blocks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby

import numpy as np

from pipeline.reading.layout.lines import Lines, segments
from pipeline.reading.layout.marks import Bools, Ints, Marks, median
from pipeline.reading.layout.order import Row, Scene, Strip, is_stacked, strips
from pipeline.reading.layout.paragraphs import Rows, begins, usual_pitch
from pipeline.reading.tables.aligned import find_aligned
from pipeline.reading.tables.grid import Grid, is_number
from pipeline.reading.tables.ruled import find_ruled
from pipeline.reading.tables.rules import Rules, no_rules, rules_among

_MARKER = re.compile(r"[•‣◦▪▫●○■□–—*·➢➤✓-]|\(?(\d{1,3}|[a-zA-Z]|[ivxIVX]{2,5})[.)]|\(\w{1,4}\)")
_ENDS = tuple(".:!?;")


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A block whose kind is settled once the whole document has been seen."""

    start: int
    stop: int
    rows: int
    size: float
    bold: bool
    single: bool
    """Whether every row is one segment, as in running text."""
    marker: bool = False
    grid: Grid | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Arranged:
    """The words' numbers in reading order, the line of each, and the blocks as ranges of that order."""

    order: Ints
    line: Ints
    drafts: list[Draft] = field(default_factory=list)


def arrange(marks: Marks) -> Arranged:
    """Put a page in order."""
    if not len(marks):
        return Arranged(order=np.empty(0, np.int64), line=np.empty(0, np.int64))
    lines = segments(marks)
    unit = max(0.2, median(lines.height) / 11)
    rules = rules_among(marks.vectors, marks.width, marks.height, unit) if len(marks.vectors) else no_rules()
    ruled = find_ruled(marks, rules, unit) if len(rules.upright) else []
    if not ruled and is_stacked(lines):
        return _stacked(marks, lines)
    return _Arranger(marks, rules, ruled).arranged()


def _stacked(marks: Marks, lines: Lines) -> Arranged:
    """A page of one column that is in order as it is: the common case, done without a look at single words."""
    starts, stops = lines.start.tolist(), lines.stop.tolist()
    rows = Rows(
        x0=lines.x0,
        y0=lines.y0,
        x1=lines.x1,
        y1=lines.y1,
        height=lines.height,
        size=lines.size,
        bold=lines.bold,
        single=np.ones(len(lines), np.bool_),
        marker=_markers(marks, starts),
        ends=_ends(marks, stops),
    )
    first = np.flatnonzero(begins(rows, usual_pitch(rows))).tolist()
    drafts = _drafts(rows, first, [starts[row] for row in first], [stops[row - 1] for row in [*first[1:], len(stops)]])
    line = np.arange(len(lines)).repeat(lines.stop - lines.start)
    return Arranged(order=np.arange(len(marks)), line=line, drafts=drafts)


def _rows(marks: Marks, lines: Lines, rows: Sequence[Row]) -> Rows:
    first = [int(lines.start[row[0]]) for row in rows]
    last = [int(lines.stop[row[-1]]) for row in rows]
    return Rows(
        x0=np.array([lines.x0[row].min() for row in rows]),
        y0=np.array([lines.y0[row].min() for row in rows]),
        x1=np.array([lines.x1[row].max() for row in rows]),
        y1=np.array([lines.y1[row].max() for row in rows]),
        height=np.array([lines.height[row].mean() for row in rows]),
        size=np.array([lines.size[row].mean() for row in rows]),
        bold=np.array([lines.bold[row].all() for row in rows]),
        single=np.array([len(row) == 1 for row in rows]),
        marker=_markers(marks, first),
        ends=_ends(marks, last),
    )


def _markers(marks: Marks, first: Sequence[int]) -> Bools:
    """Whether the words are bullets or numbers of a list."""
    return np.array([_MARKER.fullmatch(marks.text[word]) is not None for word in first])


def _ends(marks: Marks, stops: Sequence[int]) -> Bools:
    """Whether the words before end a sentence."""
    return np.array([marks.text[stop - 1].endswith(_ENDS) for stop in stops])


def _drafts(rows: Rows, first: Sequence[int], starts: Sequence[int], stops: Sequence[int]) -> list[Draft]:
    """Blocks that begin at the rows `first` and hold the words `starts` to `stops`."""
    counts = np.array([*first[1:], len(rows.size)]) - first
    columns = (
        starts,
        stops,
        counts.tolist(),
        (np.add.reduceat(rows.size, first) / counts).tolist(),
        np.logical_and.reduceat(rows.bold, first).tolist(),
        np.logical_and.reduceat(rows.single, first).tolist(),
        rows.marker[first].tolist(),
    )
    return [
        Draft(start=start, stop=stop, rows=count, size=size, bold=bold, single=single, marker=marker)
        for start, stop, count, size, bold, single, marker in zip(*columns, strict=True)
    ]


class _Arranger:
    """The general case: columns, tables, rows of several segments."""

    def __init__(self, marks: Marks, rules: Rules, ruled: Sequence[Grid]) -> None:
        self.marks = marks
        self.rules = rules
        self.ruled = list(ruled)
        self.order: list[int] = []
        self.line: list[int] = []
        self.lines_done = 0
        self.drafts: list[Draft] = []
        self.scene, self.first_table = _scene(marks, self.ruled)

    def arranged(self) -> Arranged:
        for strip in strips(self.scene):
            for solid, rows in groupby(strip, key=self._is_ruled):
                add = self._ruled if solid else self._strip
                add(list(rows))
        return Arranged(order=np.array(self.order), line=np.array(self.line), drafts=self.drafts)

    def _is_ruled(self, row: Row) -> bool:
        return max(row) >= self.first_table

    def _ruled(self, rows: Sequence[Row]) -> None:
        for segment in chain.from_iterable(rows):
            if segment >= self.first_table:
                self._table(self.ruled[segment - self.first_table])
            else:
                self._text([[segment]])

    def _strip(self, strip: Strip) -> None:
        done = 0
        tables = find_aligned(self.marks, self.scene, strip, self.rules) if any(len(row) > 1 for row in strip) else []
        for table in tables:
            self._text(strip[done : table.start])
            self._table(table.grid)
            done = table.stop
        self._text(strip[done:])

    def _text(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        lines = self.scene.lines
        shape = _rows(self.marks, lines, rows)
        first = np.flatnonzero(begins(shape, usual_pitch(shape))).tolist()
        starts: list[int] = []
        for begin, end in zip(first, [*first[1:], len(rows)], strict=True):
            starts.append(len(self.order))
            for row in rows[begin:end]:
                for segment in row:
                    words = range(int(lines.start[segment]), int(lines.stop[segment]))
                    self.order += words
                    self.line += [self.lines_done] * len(words)
                self.lines_done += 1
        self.drafts += _drafts(shape, first, starts, [*starts[1:], len(self.order)])

    def _table(self, grid: Grid) -> None:
        start = len(self.order)
        row = -1
        for cell in grid.cells:
            if cell.row != row:
                self.lines_done += row >= 0
                row = cell.row
            self.order += cell.words
            self.line += [self.lines_done] * len(cell.words)
        self.lines_done += 1
        size = float(self.marks.size[self.order[start:]].mean())
        self.drafts.append(
            Draft(start=start, stop=len(self.order), rows=grid.rows, size=size, bold=False, single=False, grid=grid)
        )


def _scene(marks: Marks, ruled: Sequence[Grid]) -> tuple[Scene, int]:
    """Segments outside ruled tables, then one pseudo-segment for each of these; and the number of the first of them."""
    table = np.zeros(len(marks), np.bool_)
    for grid in ruled:
        table[grid.words()] = True
    lines = segments(marks, parted=table)
    free = np.flatnonzero(~table[lines.start])
    lines = lines.take(free)
    text = marks.text
    counts = lines.stop - lines.start
    numeric = np.fromiter(map(is_number, text), np.bool_, len(text))
    share = np.array([numeric[a:b].mean() for a, b in zip(lines.start.tolist(), lines.stop.tolist(), strict=True)])
    labels = np.array([text[b - 1].endswith(":") for b in lines.stop.tolist()], np.bool_)
    extra = len(ruled)
    boxes = np.array([grid.box for grid in ruled]).reshape(-1, 4)
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
        words=np.append(counts, zeros + 100),
        numeric=np.append(share >= 0.5, zeros > 0),
        label=np.append(labels, zeros > 0),
    )
    return scene, len(lines)
