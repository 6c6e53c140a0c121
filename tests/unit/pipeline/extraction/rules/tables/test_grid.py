"""Words go to the columns they stand in."""

from pipeline.extraction.layout.build import build_layout
from pipeline.extraction.rules.tables.grid import boundaries, sort_into
from pipeline.extraction.rules.tables.headers import Column, Header


def _grid(drawn, drawing):
    layout = build_layout(drawn(drawing))
    columns = tuple(Column(owners=(run.text,), box=run.box, text=run.text) for run in layout.rows[0].runs)
    header = Header(first=0, last=1, page=1, columns=columns)
    edges = boundaries(header, layout.rows[1:])
    return [[sort_into(row, edges).text(i) for i in range(len(columns))] for row in layout.rows[1:]]


def test_texts_flush_left_and_figures_flush_right_find_their_columns(drawn):
    drawing = """
Item                 Qty      Amount
Bolt                  12        1.20
Longer name of nut     3    1,234.50
"""
    assert _grid(drawn, drawing) == [["Bolt", "12", "1.20"], ["Longer name of nut", "3", "1,234.50"]]


def test_figures_that_stand_right_of_their_heading_are_still_its_own(drawn):
    drawing = """
Price          VAT
        0.05   19.0
       10.50   19.0
"""
    assert _grid(drawn, drawing) == [["0.05", "19.0"], ["10.50", "19.0"]]


def test_a_text_that_juts_into_a_column_with_a_text_of_its_own_is_not_torn_apart(drawn):
    row = build_layout(drawn("Deck screw, box of 200   18")).rows[0]
    assert [sort_into(row, [100.0]).text(column) for column in (0, 1)] == ["Deck screw, box of 200", "18"]


def test_figures_run_together_with_a_text_go_to_their_own_column(drawn):
    row = build_layout(drawn("Deck screw box 18")).rows[0]
    assert [sort_into(row, [88.0]).text(column) for column in (0, 1)] == ["Deck screw box", "18"]


def test_an_empty_cell_stays_empty(drawn):
    drawing = """
Item      Debit    Credit
Rent      800.00
Salary             900.00
"""
    assert _grid(drawn, drawing) == [["Rent", "800.00", ""], ["Salary", "", "900.00"]]
