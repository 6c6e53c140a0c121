"""A table found on a page: which words stand in which cell."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.reading.layout.marks import Marks
from schemas.documents import Cell, Table
from schemas.evidence import Box

# An amount, a quantity, a percentage: digits, with a currency before or a unit behind them.
_NUMBER = re.compile(r"[^\w\d]*([A-Z]{3}|[A-Za-z]{1,2})?[^\w\d]*\d[\d.,'’\s/:–-]*[^\w\d]*[A-Za-z]{0,3}[^\w\d]*")
_YEAR = re.compile(r"\W*(19|20)\d\d\W*")
_NOTHING = re.compile(r"[\W_]*|n/?a|n\.a\.", re.IGNORECASE)
_MAX_HEADER_ROWS = 4
_MOST_CELLS = 20_000


def is_number(text: str) -> bool:
    """Whether a word or a cell is a number, an amount or a date in figures."""
    return _NUMBER.fullmatch(text) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class GridCell:
    """The words (by their numbers on the page) of one cell, in reading order."""

    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    words: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """A table: cells that hold words, row by row; the box in the page's unit."""

    rows: int
    columns: int
    cells: tuple[GridCell, ...]
    box: Box
    header_rows: int = 0

    @property
    def plausible(self) -> bool:
        """Whether it has rows and columns, and no more cells than a page can show."""
        return self.rows >= 2 and self.columns >= 2 and self.rows * self.columns <= _MOST_CELLS

    def words(self) -> list[int]:
        """The words of all cells in reading order."""
        return [word for cell in self.cells for word in cell.words]


def cell_text(marks: Marks, words: Sequence[int]) -> str:
    """The words of a cell as one text."""
    return " ".join(marks.text[word] for word in words)


def as_table(grid: Grid, marks: Marks, fractions: Sequence[Box]) -> Table:
    """The table as documents hold it; `fractions` are the boxes of the page's words."""
    cells = []
    around: list[Box] = []
    for cell in grid.cells:
        box = enclosing([fractions[word] for word in cell.words])
        around.append(box)
        cells.append(
            Cell(
                row=cell.row,
                column=cell.column,
                row_span=cell.row_span,
                column_span=cell.column_span,
                text=cell_text(marks, cell.words),
                box=box,
            )
        )
    return Table(
        rows=grid.rows,
        columns=grid.columns,
        cells=cells,
        header_rows=grid.header_rows,
        box=enclosing(around),
    )


def enclosing(boxes: Sequence[Box]) -> Box:
    """The smallest box around all."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))


def count_header_rows(texts: Sequence[Sequence[str]]) -> int:
    """How many leading rows name the columns: those before the first with a figure in a column of figures.

    Years do not count as figures there. A table without figures has one header row where its first row is full.
    """
    if len(texts) < 2:
        return 0
    figures = [column for column in range(len(texts[0])) if _of_figures([row[column] for row in texts])]
    for number, row in enumerate(texts[: _MAX_HEADER_ROWS + 1]):
        if any(is_number(row[column]) and not _YEAR.fullmatch(row[column]) for column in figures):
            return number
    return 1 if all(texts[0]) else 0


def _of_figures(cells: Sequence[str]) -> bool:
    """Whether most filled cells of a column are figures; the heading may be none."""
    filled = [cell for cell in cells if not _NOTHING.fullmatch(cell)]
    return bool(filled) and sum(map(is_number, filled)) >= max(1, 0.5 * (len(filled) - 1))


def texts_of(rows: int, columns: int, cells: Sequence[GridCell], marks: Marks) -> list[list[str]]:
    """The texts row by row."""
    texts = [[""] * columns for _ in range(rows)]
    for cell in cells:
        texts[cell.row][cell.column] = cell_text(marks, cell.words)
    return texts


def make_grid(marks: Marks, cells: Sequence[GridCell]) -> Grid:
    """A grid of cells given in any order; empty ones, rows and columns are left out."""
    filled = [cell for cell in cells if cell.words]
    rows = _renumbered([(cell.row, cell.row_span) for cell in filled])
    columns = _renumbered([(cell.column, cell.column_span) for cell in filled])
    kept = tuple(
        sorted(
            (
                GridCell(row=row, row_span=row_span, column=column, column_span=column_span, words=cell.words)
                for cell, (row, row_span), (column, column_span) in zip(filled, rows, columns, strict=True)
            ),
            key=lambda cell: (cell.row, cell.column),
        )
    )
    row_count = max(cell.row + cell.row_span for cell in kept)
    column_count = max(cell.column + cell.column_span for cell in kept)
    boxes = marks.boxes[np.array([word for cell in kept for word in cell.words])]
    x0, y0 = boxes[:, :2].min(0).tolist()
    x1, y1 = boxes[:, 2:].max(0).tolist()
    grid = Grid(rows=row_count, columns=column_count, cells=kept, box=(x0, y0, x1, y1))
    if not grid.plausible:
        return grid
    return replace(grid, header_rows=count_header_rows(texts_of(row_count, column_count, kept, marks)))


def _renumbered(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Positions and spans without the numbers at which nothing begins."""
    used = sorted({start for start, _ in spans})
    places = [(bisect_left(used, start), bisect_left(used, start + span)) for start, span in spans]
    return [(first, max(1, stop - first)) for first, stop in places]
