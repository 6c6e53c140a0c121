from pipeline.reading.layout.rows import rows_across
from pipeline.reading.layout.scene import make_scene
from pipeline.reading.tables.cells import gap_between, grid_of
from pipeline.reading.tables.grid import texts_of
from tests.support.marks import page, table

LEFT = [50, 250, 350]
EDGES = [240.0, 340.0]


def texts(*lines, edges=EDGES):
    marks = page(*lines)
    scene, _ = make_scene(marks, [])
    grid = grid_of(marks, scene, rows_across(scene.lines), edges)
    return texts_of(grid.rows, grid.columns, grid.cells, marks)


def test_each_row_of_segments_is_a_row_of_cells():
    rows = [["Article", "Number", "Price"], ["Paper", "3", "1.50"], ["Ink", "", "9.00"]]
    assert texts(*table(LEFT, rows)) == rows


def test_the_wrapped_rest_of_a_long_cell_joins_it():
    rows = [["Article", "Number", "Price"], ["A description so very long that", "3", "1.50"], ["it wraps", "", ""]]
    found = texts(*table(LEFT, rows, pitch=13))
    assert found == [rows[0], ["A description so very long that it wraps", "3", "1.50"]]


def test_names_of_columns_in_several_lines_are_one_row():
    rows = [["Article", "Number", "Price"], ["", "sold", "(in euro)"], ["Paper", "3", "1.50"], ["Ink", "4", "2.50"]]
    assert texts(*table(LEFT, rows, pitch=14)) == [["Article", "Number sold", "Price (in euro)"], *rows[2:]]


def test_names_under_a_heading_over_several_columns_stay_a_row_of_their_own():
    lines = [
        (240, 87, "Number and then the price"),
        *table(LEFT, [["Article", "Number", "Price"], ["Ink", "4", "2.50"]]),
    ]
    assert len(texts(*lines)) == 3


def test_a_short_line_below_a_short_cell_is_a_row_of_its_own():
    rows = [["Article", "Number", "Price"], ["Office", "", ""], ["Paper", "3", "1.50"]]
    assert texts(*table(LEFT, rows, pitch=13)) == rows


def test_an_amount_a_little_lower_fills_the_free_cell_of_its_row():
    lines = [*table(LEFT, [["Article", "Number", "Price"], ["Paper", "3", ""]], pitch=30), (350, 136, "1.50")]
    assert texts(*lines)[1] == ["Paper", "3", "1.50"]


def test_figures_are_never_a_wrapped_rest():
    rows = [["Article", "Number", "Price"], ["Paper", "3", "1.50"], ["Ink", "4", "2.50"]]
    assert len(texts(*table(LEFT, rows, pitch=12))) == 3


def test_a_heading_over_two_columns_is_one_cell_that_spans_them():
    marks = page((240, 84, "Number and then the price"), *table(LEFT, [["Article", "Number", "Price"]] * 3))
    scene, _ = make_scene(marks, [])
    grid = grid_of(marks, scene, rows_across(scene.lines), EDGES)
    assert (grid.cells[0].column, grid.cells[0].column_span) == (1, 2)


def test_the_gap_between_rows_is_counted_in_heights():
    scene, _ = make_scene(page((50, 100, "a"), (50, 124, "b")), [])
    assert gap_between(scene.lines, [0], [1]) == 1.0
