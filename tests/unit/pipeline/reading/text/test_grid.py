"""Cells with spans become a table."""

import pytest

from pipeline.errors import LimitExceeded
from pipeline.reading.text.grid import MAX_CELLS, MAX_COLUMNS, GridBuilder, names_columns, table_of


def test_a_cell_goes_to_the_first_free_column():
    grid = GridBuilder()
    grid.row()
    grid.cell("a", row_span=2)
    grid.cell("b", column_span=2)
    grid.row()
    grid.cell("c")
    grid.cell("d")
    table = grid.table(1)
    assert (table.rows, table.columns, table.header_rows) == (2, 3, 1)
    assert table.grid() == [["a", "b", ""], ["", "c", "d"]]
    assert [(cell.row_span, cell.column_span) for cell in table.cells] == [(2, 1), (1, 2), (1, 1), (1, 1)]


def test_a_span_ends_with_the_table():
    grid = GridBuilder()
    grid.row()
    grid.cell("a", row_span=500)
    assert grid.table().cells[0].row_span == 1


def test_columns_can_be_left_empty():
    grid = GridBuilder()
    grid.row()
    grid.move_to(2)
    grid.cell("c")
    assert grid.table().grid() == [["", "", "c"]]


def test_a_table_without_text_is_none():
    assert table_of([["", " "], []]) is None
    assert table_of([]) is None


def test_texts_of_cells_are_single_lines():
    assert table_of([["a\n b\t", "c"]]).grid() == [["a b", "c"]]


def test_too_wide_a_table_is_refused():
    grid = GridBuilder()
    grid.row()
    with pytest.raises(LimitExceeded, match="columns"):
        grid.cell("a", column_span=MAX_COLUMNS + 1)


def test_too_many_cells_are_refused():
    rows = [["x"] * 500] * (MAX_CELLS // 500 + 1)
    with pytest.raises(LimitExceeded, match="cells"):
        table_of(rows)


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([["Name", "Price"], ["Tea", "3"]], True),
        ([["Name", "2024"], ["Tea", "3"]], False),
        ([["Name", ""], ["Tea", "3"]], False),
        ([["Name", "Name"], ["Tea", "3"]], False),
        ([["Name", "Price"]], False),
        ([["Name"], ["Tea"]], False),
    ],
)
def test_the_first_row_names_the_columns_where_it_reads_like_that(rows, named):
    assert names_columns(rows) is named
