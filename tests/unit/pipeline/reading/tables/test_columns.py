import pytest

from pipeline.reading.layout.lines import segments
from pipeline.reading.layout.rows import rows_across
from pipeline.reading.tables.columns import Columns, column_edges, columns_of
from tests.support.marks import page, table

ROWS = [["Article", "Number", "Price"], *([f"Part {number}", f"{number}", "1.50"] for number in range(4))]
LEFT = [50, 200, 350]


def edges(*lines):
    found = segments(page(*lines))
    return column_edges(found, rows_across(found))


def test_columns_are_parted_in_the_middle_of_their_gaps():
    assert edges(*table(LEFT, ROWS[:4])) == [(92 + 200) / 2, (236 + 350) / 2]


def test_one_heading_over_two_columns_does_not_join_them():
    lines = [(50, 84, "Nought"), (230, 84, "Number and price of it"), *table(LEFT, ROWS)]
    assert len(edges(*lines)) == 2


def test_totals_over_several_columns_do_not_join_those_of_the_fullest_rows():
    totals = table(LEFT, [["", "Net total of all", "6.00"], ["", "Gross total of all", "7.14"]], top=300)
    lines = [(x + 60 if x == 200 else x, y, text) for x, y, text in totals]
    assert len(edges(*table([50, 200, 300, 350], [[*row[:2], "pc", row[2]] for row in ROWS]), *lines)) == 3


def test_rows_without_a_common_gap_have_no_columns():
    assert (
        edges(
            (50, 100, "some long words"),
            (300, 100, "end"),
            (50, 120, "more"),
            (110, 120, "words that stand in the gap here now"),
        )
        == []
    )


def test_a_small_overhang_does_not_make_a_span():
    lines = segments(page((50, 100, "abcdefghij"), (50, 120, "abcdefghijklmnopqrst")))
    assert columns_of(lines, 0, [108.0]) == (0, 0)
    assert columns_of(lines, 1, [108.0]) == (0, 1)


@pytest.mark.parametrize(
    ("left", "text", "pieces"), [(200, "Number Price", [(1, 1), (2, 2)]), (188, "Numbers and prices here", [(1, 2)])]
)
def test_neighbouring_headings_that_touch_are_parted_where_each_fits_its_column(left, text, pieces):
    body = table([50, 200, 245], ROWS[1:], top=120)
    marks = page((left, 100, text), *body)
    lines = segments(marks)
    rows = rows_across(lines)
    made = Columns(lines, rows, [140.0, 240.0]).pieces(marks, 0)
    assert [(first, last) for first, last, _ in made] == pieces
