"""Cells with spans, given row by row, to a table."""

from collections.abc import Sequence

from pipeline.errors import LimitExceeded
from pipeline.reading.text.builder import one_line
from schemas.documents import Cell, Table

MAX_COLUMNS = 1_000
MAX_CELLS = 200_000
"""Of one table."""


class GridBuilder:
    """Places each cell at the first free column of its row, as HTML does (HTML standard, "Forming a table")."""

    def __init__(self) -> None:
        self._cells: list[Cell] = []
        self._row = -1
        self._column = 0
        self._columns = 0
        self._busy: dict[int, int] = {}
        """Column → first row in which it is free again."""

    def row(self) -> None:
        """Begin the next row."""
        self._row += 1
        self._column = 0

    def move_to(self, column: int) -> None:
        """Leave the cells before a column empty."""
        self._column = max(self._column, column)

    def cell(self, text: str, *, row_span: int = 1, column_span: int = 1) -> None:
        """The next cell of the row.

        Raises:
            LimitExceeded: the table is larger than any that is read.
        """
        while self._busy.get(self._column, 0) > self._row:
            self._column += 1
        last = self._column + max(1, column_span)
        if last > MAX_COLUMNS:
            raise LimitExceeded(f"a table has more than {MAX_COLUMNS} columns", limit="table_columns")
        if len(self._cells) >= MAX_CELLS:
            raise LimitExceeded(f"a table has more than {MAX_CELLS} cells", limit="table_cells")
        spans = {"row_span": max(1, row_span), "column_span": last - self._column}
        self._cells.append(Cell(row=self._row, column=self._column, text=one_line(text), **spans))
        for column in range(self._column, last):
            self._busy[column] = self._row + max(1, row_span)
        self._column = last
        self._columns = max(self._columns, last)

    def table(self, header_rows: int = 0) -> Table | None:
        """The table; `None` where no cell holds text. Spans end with the table."""
        if not any(cell.text for cell in self._cells):
            return None
        rows = self._row + 1
        cells = [
            cell.model_copy(update={"row_span": min(cell.row_span, rows - cell.row)})
            for cell in self._cells
            if cell.text
        ]
        return Table(rows=rows, columns=self._columns, cells=cells, header_rows=min(header_rows, rows))


def table_of(rows: Sequence[Sequence[str]], header_rows: int = 0) -> Table | None:
    """A table without spans; `None` where no cell holds text."""
    grid = GridBuilder()
    for row in rows:
        grid.row()
        for text in row:
            grid.cell(text)
    return grid.table(header_rows)


def names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row reads like names of columns: every cell filled, different, and without a digit."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    first = [one_line(text) for text in rows[0]]
    plain = all(first) and not any(character.isdigit() for text in first for character in text)
    return plain and len(set(first)) == len(first)
