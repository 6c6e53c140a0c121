import numpy as np

from pipeline.reading.tables.rules import rules_among


def rules(*boxes, unit=1.0):
    found = rules_among(np.array(boxes, np.float64).reshape(-1, 4), 600, 800, unit)
    return found.level.tolist(), found.upright.tolist()


def test_thin_boxes_are_rules():
    assert rules((50, 100, 300, 101), (50, 100, 51, 200)) == ([[100.5, 50, 300]], [[50.5, 100, 200]])


def test_pieces_that_touch_are_one_rule():
    level, _ = rules((50, 100, 150, 101), (151, 100, 250, 101), (252, 100.5, 300, 101.5))
    assert [(low, high) for _, low, high in level] == [(50, 300)]


def test_pieces_far_apart_on_one_line_are_two_rules():
    level, _ = rules((50, 100, 150, 101), (200, 100, 300, 101))
    assert [(low, high) for _, low, high in level] == [(50, 150), (200, 300)]


def test_dots_in_a_row_are_a_rule():
    dots = [(50 + 3 * number, 100, 51 + 3 * number, 101) for number in range(30)]
    level, _ = rules(*[(x0 - 0.6, y0, x1 + 0.6, y1) for x0, y0, x1, y1 in dots])
    assert len(level) == 1


def test_the_edges_of_a_frame_are_rules():
    level, upright = rules((50, 100, 300, 140))
    assert level == [[100, 50, 300], [140, 50, 300]]
    assert upright == [[50, 100, 140], [300, 100, 140]]


def test_a_background_of_the_whole_page_has_no_edges():
    assert rules((0, 0, 600, 800)) == ([], [])


def test_short_strokes_are_no_rules():
    assert rules((50, 100, 55, 101)) == ([], [])


def test_a_drawing_of_very_many_paths_is_not_searched():
    assert rules(*[(50, 100, 300, 101)] * 20_001) == ([], [])


def test_tolerances_grow_with_the_unit():
    assert rules((50, 100, 300, 105)) != ([[102.5, 50, 300]], [])
    assert rules((50, 100, 300, 105), unit=3.0) == ([[102.5, 50, 300]], [])
