from pipeline.reading.layout.lines import segments
from pipeline.reading.tables.grid import texts_of
from pipeline.reading.tables.ruled import find_ruled
from pipeline.reading.tables.rules import rules_among
from tests.support.marks import page, table


def level(y, x0=50, x1=450):
    return (x0, y, x1, y + 1)


def upright(x, y0=100, y1=160):
    return (x, y0, x + 1, y1)


def grids(lines, vectors):
    marks = page(*lines, vectors=vectors)
    rules = rules_among(marks.vectors, 600, 800, 1.0)
    return marks, find_ruled(marks, segments(marks), rules, 1.0)


def texts(lines, vectors):
    marks, found = grids(lines, vectors)
    return [texts_of(each.rows, each.columns, each.cells, marks) for each in found]


ROWS = [["Colour", "Taste"], ["red", "sweet and sour"], ["green", "bitter"]]
CELLS = table([55, 255], ROWS, top=104, pitch=20)
FULL = [*map(level, (100, 120, 140, 160)), *map(upright, (50, 250, 450))]


def test_the_cells_are_what_the_rules_part():
    assert texts(CELLS, FULL) == [ROWS]


def test_an_open_left_and_right_side_is_closed_by_the_ends_of_the_rules():
    assert texts(CELLS, [*map(level, (100, 120, 140, 160)), upright(250), upright(251)]) == [] or texts(
        CELLS, [*map(level, (100, 120, 140, 160)), upright(250), upright(350)]
    ) == [ROWS]


def test_frames_of_cells_are_as_good_as_rules():
    boxes = [(x0, y, x1, y + 20) for y in (100, 120, 140) for x0, x1 in ((50, 250), (250, 450))]
    assert texts(CELLS, boxes) == [ROWS]


def test_a_heading_with_no_rule_below_its_middle_spans_two_columns():
    lines = [(160, 104, "Colours and their tastes are here"), *table([55, 255], ROWS[1:], top=124, pitch=20)]
    rules = [*map(level, (100, 120, 140, 160)), upright(50), upright(450), upright(250, 120, 160)]
    _, [grid] = grids(lines, rules)
    assert (grid.cells[0].column_span, grid.columns) == (2, 2)


def test_texts_that_stand_apart_are_two_cells_even_without_a_rule_between_them():
    rules = [*map(level, (100, 120, 140, 160)), upright(50), upright(450), upright(250, 120, 160)]
    assert texts(CELLS, rules) == [ROWS]


def test_a_cell_may_span_two_rows():
    lines = table([55, 255], [["red", "sweet"], ["", "sour"], ["green", "bitter"]], top=104, pitch=20)
    rules = [level(100), level(120, 250), level(140), level(160), *map(upright, (50, 250, 450))]
    _, [grid] = grids(lines, rules)
    assert grid.cells[0].row_span == 2


def test_rows_of_figures_inside_one_drawn_row_are_parted():
    rows = [["Article", "Price"], ["Paper", "4.50"], ["Ink", "19.90"], ["Pens", "1.20"]]
    lines = table([55, 255, 355], [[*row, row[1]] for row in rows], top=104, pitch=20)
    drawn = [level(100), level(120), level(184), *(upright(x, 100, 184) for x in (50, 250, 350, 450))]
    assert texts(lines, drawn) == [[[*row, row[1]] for row in rows]]


def test_wrapped_lines_of_a_cell_stay_together():
    lines = [
        *table([55, 255], ROWS[:1], top=104),
        (55, 124, "a long"),
        (55, 138, "colour"),
        (255, 124, "sweet"),
        (255, 138, "enough"),
    ]
    found = texts(lines, [level(100), level(120), level(160), *map(upright, (50, 250, 450))])
    assert found == [[["Colour", "Taste"], ["a long colour", "sweet enough"]]]


def test_names_of_columns_right_above_the_rules_are_the_header():
    body = table([55, 255], ROWS[1:], top=124, pitch=20)
    rules = [*map(level, (120, 140, 160)), *(upright(x, 120, 160) for x in (50, 250, 450))]
    assert texts([(55, 107, "Colour"), (255, 107, "Taste"), *body], rules) == [ROWS]


def test_a_sentence_right_above_the_rules_is_not():
    body = table([55, 255], ROWS[1:], top=124, pitch=20)
    rules = [*map(level, (120, 140, 160)), *(upright(x, 120, 160) for x in (50, 250, 450))]
    sentence = (55, 107, "Here are some colours and what they taste like to us")
    assert texts([sentence, *body], rules) == [ROWS[1:]]


def test_columns_that_are_only_aligned_between_rules_far_apart_are_found():
    rows = [["Net", "Tax", "Sum"], ["1.00", "0.19", "1.19"], ["2.00", "0.38", "2.38"]]
    lines = table([60, 160, 260], rows, top=104, pitch=20)
    drawn = [*map(level, (100, 120, 140, 160)), *map(upright, (50, 240, 450))]
    assert texts(lines, drawn) == [rows]


def test_a_frame_around_text_is_no_table():
    lines = [(60, 110, "some words in a frame"), (60, 130, "and more of them")]
    assert texts(lines, [(50, 100, 450, 160)]) == []


def test_a_nearly_empty_grid_is_a_drawing():
    lines = [(55, 104, "a"), (55, 124, "b")]
    drawn = [*map(level, range(100, 400, 20)), *(upright(x, 100, 380) for x in range(50, 450, 25))]
    assert texts(lines, drawn) == []


def test_two_tables_are_found_from_the_top():
    lower = [(x, y + 200, text) for x, y, text in CELLS]
    drawn = [*FULL, *((x0, y0 + 200, x1, y1 + 200) for x0, y0, x1, y1 in FULL)]
    assert texts([*lower, *CELLS], drawn) == [ROWS, ROWS]


def test_a_drawing_behind_text_is_no_table():
    lines = [(60, 104 + 14 * number, "running text on a pattern of squares") for number in range(4)]
    pattern = [(x, y, x + 40, y + 20) for x in range(50, 300, 40) for y in range(90, 170, 20)]
    assert grids(lines, pattern)[1] == []


def test_one_word_over_a_rule_does_not_undo_a_table():
    rows = [["Colour", "Taste"], *([f"red {number}", "sweet and sour"] for number in range(6))]
    rules = [*map(level, range(100, 241, 20)), *(upright(x, 100, 240) for x in (50, 250, 450))]
    cells = [*table([55, 255], rows, top=104, pitch=20), (235, 204, "overrun")]
    assert len(grids(cells, rules)[1]) == 1


LABELS = [
    (55, 104, "A label of two"),
    (55, 116, "lines"),
    (255, 110, "12"),
    *table([55, 255], [["B", "13"], ["C", "14"]], top=134),
]
LINED = [*(level(y) for y in (100, 130, 146, 162)), *(upright(x, 100, 162) for x in (50, 250, 450))]
SHADES = [(51, y, 249, y + 12) for y in (102, 114)]


def test_shadings_of_single_lines_do_not_part_a_row_that_lines_hold_together():
    whole = [["A label of two lines", "12"], ["B", "13"], ["C", "14"]]
    assert texts(LABELS, LINED) == [whole]
    assert texts(LABELS, [*LINED, *SHADES]) == [whole]


def test_shaded_rows_inside_a_frame_are_rows():
    rows = [["Colour", "Taste"], *([f"red {number}", "sweet"] for number in range(5))]
    frame = [*map(level, (100, 120, 220)), *(upright(x, 100, 220) for x in (50, 250, 450))]
    shades = [(51, y, 449, y + 20) for y in range(120, 220, 20)]
    assert texts(table([55, 255], rows, top=104, pitch=20), [*frame, *shades]) == [rows]
