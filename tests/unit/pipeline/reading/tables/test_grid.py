import pytest

from pipeline.reading.tables.grid import GridCell, as_table, count_header_rows, is_number, make_grid
from tests.support.marks import page

MARKS = page((50, 100, "Name"), (200, 100, "Sum"), (50, 120, "Ann Lee"), (200, 120, "12.50"))


def cell(row, column, *words, **spans):
    return GridCell(row=row, column=column, words=words, **spans)


@pytest.mark.parametrize("text", ["12", "1.234,50", "€ 12.50", "12 %", "-3", "(35,13 €)", "2026-03-12", "10h", "USD 5"])
def test_figures_with_their_units_are_numbers(text):
    assert is_number(text)


@pytest.mark.parametrize("text", ["", "Total", "€", "A17-X3-B2", "mAP (0.75)", "12 bottles"])
def test_words_and_codes_are_not(text):
    assert not is_number(text)


def test_empty_rows_and_columns_are_left_out():
    grid = make_grid(MARKS, [cell(0, 0, 0), cell(0, 4, 1), cell(7, 0, 2, 3)])
    assert (grid.rows, grid.columns) == (2, 2)
    assert [(each.row, each.column) for each in grid.cells] == [(0, 0), (0, 1), (1, 0)]


def test_a_span_over_a_column_that_is_left_out_shrinks():
    grid = make_grid(MARKS, [cell(0, 0, 0, column_span=3), cell(1, 0, 1), cell(1, 2, 2)])
    assert grid.cells[0].column_span == 2


def test_the_words_of_a_grid_are_read_row_by_row():
    grid = make_grid(MARKS, [cell(1, 0, 2, 3), cell(0, 1, 1), cell(0, 0, 0), cell(1, 1, 4)])
    assert grid.words() == [0, 1, 2, 3, 4]


def test_a_table_has_texts_and_boxes():
    grid = make_grid(MARKS, [cell(0, 0, 0), cell(0, 1, 1), cell(1, 0, 2, 3), cell(1, 1, 4)])
    fractions = [(0.1 * number, 0.0, 0.1 * number + 0.05, 0.1) for number in range(5)]
    table = as_table(grid, MARKS, fractions)
    assert table.grid() == [["Name", "Sum"], ["Ann Lee", "12.50"]]
    assert table.cells[2].box == pytest.approx((0.2, 0.0, 0.35, 0.1))
    assert table.box == pytest.approx((0.0, 0.0, 0.45, 0.1))


def test_rows_before_the_first_figures_are_headers():
    assert count_header_rows([["Name", "Sum"], ["Ann", "12.50"], ["Bob", "3.00"]]) == 1
    assert count_header_rows([["", "Sum"], ["Name", "EUR"], ["Ann", "12.50"], ["Bob", "3.00"]]) == 2


def test_years_may_name_columns():
    assert count_header_rows([["Sales", "2024", "2025"], ["North", "12.5", "13.0"], ["South", "7.5", "8.0"]]) == 1


def test_a_table_that_begins_with_figures_has_no_header():
    assert count_header_rows([["Ann", "12.50"], ["Bob", "3.00"]]) == 0


def test_a_table_of_words_has_a_header_where_its_first_row_is_full():
    assert count_header_rows([["Colour", "Taste"], ["red", "sweet"]]) == 1
    assert count_header_rows([["Colour", ""], ["red", "sweet"]]) == 0
