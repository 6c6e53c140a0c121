"""A page in the general case: columns, tables, rows of several segments."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby

import numpy as np

from pipeline.reading.layout.drafts import Draft, make_drafts, measured
from pipeline.reading.layout.marks import Ints, Marks
from pipeline.reading.layout.order import strips
from pipeline.reading.layout.paragraphs import begins, usual_pitch
from pipeline.reading.layout.rows import rows_across
from pipeline.reading.layout.scene import Row, Strip, make_scene
from pipeline.reading.tables.aligned import find_aligned
from pipeline.reading.tables.grid import Grid
from pipeline.reading.tables.rules import Rules


@dataclass(frozen=True, kw_only=True, slots=True)
class Arranged:
    """The words' numbers in reading order (`None`: as they are), the line of each, and the blocks as ranges of it."""

    order: Ints | None
    line: Ints
    drafts: list[Draft] = field(default_factory=list)


class Arranger:
    """The general case: columns, tables, rows of several segments."""

    def __init__(self, marks: Marks, rules: Rules, ruled: Sequence[Grid]) -> None:
        self.marks = marks
        self.rules = rules
        self.solid = list(ruled)
        self.order: list[int] = []
        self.line: list[int] = []
        self.lines_done = 0
        self.drafts: list[Draft] = []
        self.scene, self.first_table = make_scene(marks, self.solid)
        sure = [found.grid for found in find_aligned(marks, self.scene, self._free_rows(), rules, strict=True)]
        if sure:
            self.solid += sure
            self.scene, self.first_table = make_scene(marks, self.solid)

    def arranged(self) -> Arranged:
        """The whole page."""
        for strip in strips(self.scene):
            for solid, stretch in groupby(strip, key=self._is_solid):
                add = self._tables if solid else self._strip
                add(list(stretch))
        return Arranged(order=np.array(self.order), line=np.array(self.line), drafts=self.drafts)

    def _free_rows(self) -> Strip:
        """Rows across the page, without the tables found so far."""
        free = ([segment for segment in row if segment < self.first_table] for row in rows_across(self.scene.lines))
        return [row for row in free if row]

    def _is_solid(self, row: Row) -> bool:
        return max(row) >= self.first_table

    def _tables(self, found: Sequence[Row]) -> None:
        for segment in chain.from_iterable(found):
            if segment >= self.first_table:
                self._table(self.solid[segment - self.first_table])
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
        shape = measured(self.marks, lines, rows)
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
        self.drafts += make_drafts(shape, first, starts, [*starts[1:], len(self.order)])

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
