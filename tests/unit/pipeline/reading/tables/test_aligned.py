import pytest

from pipeline.reading.layout.rows import rows_across
from pipeline.reading.layout.scene import make_scene
from pipeline.reading.tables.aligned import find_aligned
from pipeline.reading.tables.grid import texts_of
from pipeline.reading.tables.rules import no_rules, rules_among
from tests.support.marks import page, prose, table

LEFT = [50, 250, 350, 450]
HEADER = ["Article", "Number", "Price", "Amount"]
ITEMS = [["Paper", "10", "4.50", "45.00"], ["Ink", "2", "19.90", "39.80"], ["Pens", "5", "1.20", "6.00"]]


def tables(*lines, strict=False, vectors=()):
    """The tables of a page as grids of texts."""
    marks = page(*lines, vectors=list(vectors))
    scene, _ = make_scene(marks, [])
    rules = rules_among(marks.vectors, 600, 800, 1.0) if vectors else no_rules()
    found = find_aligned(marks, scene, rows_across(scene.lines), rules, strict=strict)
    return [texts_of(each.grid.rows, each.grid.columns, each.grid.cells, marks) for each in found]


def test_rows_of_figures_under_headings_are_a_table():
    assert tables(*table(LEFT, [HEADER, *ITEMS])) == [[HEADER, *ITEMS]]


def test_the_sentences_around_a_table_are_not_of_it():
    lines = [*prose(50, 40, 3), *table(LEFT, [HEADER, *ITEMS]), *prose(50, 200, 3)]
    assert tables(*lines) == [[HEADER, *ITEMS]]


def test_rows_far_apart_but_alike_are_one_table():
    assert tables(*table(LEFT, [HEADER, *ITEMS], pitch=45)) == [[HEADER, *ITEMS]]


def test_labels_above_line_items_are_not_of_their_table():
    labels = table([50, 300], [["Date", "12.03.2026"], ["Customer", "Miller"], ["Order", "7781"]], top=40)
    assert tables(*labels, *table(LEFT, [HEADER, *ITEMS], top=130))[-1] == [HEADER, *ITEMS]


def test_two_columns_of_running_text_are_no_table():
    assert tables(*prose(50, 100, 9, words=8), *prose(330, 100, 9, words=8)) == []


@pytest.mark.parametrize("values", [["12", "7", "19", "3"], ["Miller", "Leeds", "Main Road", "red"]])
def test_labels_that_end_with_a_colon_and_their_values_are_no_table(values):
    labels = ["First:", "Second:", "Third:", "Fourth:"]
    assert tables(*table([50, 250], [list(pair) for pair in zip(labels, values, strict=True)])) == []


def test_two_columns_are_a_table_where_the_second_holds_figures():
    rows = [["Net", "100.00"], ["Tax", "19.00"], ["Total", "119.00"], ["Paid", "50.00"]]
    assert tables(*table([50, 250], rows)) == [rows]


def test_two_columns_of_words_are_a_table_only_between_rules():
    rows = [["Colour", "Taste"], ["red", "sweet"], ["green", "bitter"]]
    assert tables(*table([50, 250], rows)) == []
    ruled = [(45, y, 300, y + 1) for y in (97, 114, 148)]
    assert tables(*table([50, 250], rows), vectors=ruled) == [rows]


def test_a_caption_above_and_a_note_below_are_cut_off():
    columns = list(range(50, 590, 60))
    rows = [[f"{row}.{column}" for column in range(9)] for row in range(5)]
    lines = [(50, 84, "6"), (110, 84, "Prices in March"), *table(columns, rows), (50, 182, "* without tax")]
    assert tables(*lines) == [rows]


def test_new_headings_between_figures_begin_a_new_table():
    second = [
        ["Tax", "Rate", "Base", "Sum"],
        ["Standard", "19 %", "90.80", "17.25"],
        ["Reduced", "7 %", "6.00", "0.42"],
    ]
    lines = [*table(LEFT, [HEADER, *ITEMS]), *table(LEFT, second, top=176)]
    assert tables(*lines) == [[HEADER, *ITEMS], second]


def test_strictly_taken_a_column_of_running_text_is_no_column():
    figures = table([400, 500], [[f"{number}", f"{number}.50"] for number in range(6)], pitch=14)
    assert len(tables(*prose(50, 100, 6, words=7), *figures, strict=False)) == 1
    assert tables(*prose(50, 100, 6, words=7), *figures, strict=True) == []


def test_strictly_taken_three_columns_with_figures_are_needed():
    assert tables(*table(LEFT, [HEADER, *ITEMS]), strict=True) == [[HEADER, *ITEMS]]
    assert tables(*table([50, 250], [["Net", "100.00"], ["Tax", "19.00"]] * 3), strict=True) == []


def test_a_page_of_one_column_has_none():
    assert tables(*prose(50, 100, 20)) == []
