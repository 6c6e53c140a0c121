"""Figures stand flush right in columns."""

import pytest

from pipeline.extraction.layout.build import build_layout
from pipeline.extraction.layout.figures import FigureColumns, right_edges


def _rows(drawn, drawing):
    return build_layout(drawn(drawing)).rows


@pytest.mark.parametrize(
    "word", ["12", "1,234.50", "-7.00", "(5.00)", "€12.40", "USD12.40", "19%", "02/03/2026", "5.00-"]
)
def test_numbers_amounts_and_dates_are_figures(drawn, word):
    (row,) = _rows(drawn, f"item   {word}")
    assert right_edges(row) == pytest.approx([6.0 * (7 + len(word))])


@pytest.mark.parametrize("word", ["A4", "box", "M8x20", "12:30", "x"])
def test_other_words_are_none(drawn, word):
    (row,) = _rows(drawn, f"item   {word}")
    assert right_edges(row) == []


def test_figures_inside_of_texts_can_be_left_out(drawn):
    (row,) = _rows(drawn, "box of 200 screws   18")
    assert len(right_edges(row)) == 2
    assert len(right_edges(row, alone=True)) == 1


def test_columns_are_the_edges_that_most_rows_share(drawn):
    rows = _rows(drawn, "a   1    2.00\nb        3.00\nc   4    5.00\ntotal    9.00   x 7")
    columns = FigureColumns()
    for row in rows[:3]:
        columns.learn(row)
    assert len(columns.edges) == 2
    assert [columns.filled_by(row) for row in rows] == [True, False, True, False]
