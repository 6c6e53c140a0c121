import numpy as np

from pipeline.reading.layout.lines import segments
from pipeline.reading.layout.rows import bands, is_stacked, rows_across, rows_of
from tests.support.marks import page, rows_of_texts


def test_lines_below_one_another_are_stacked_though_their_boxes_overlap_a_little():
    assert is_stacked(segments(page((50, 100, "one"), (50, 110, "two"), (80, 120, "three"))))


def test_lines_beside_one_another_are_not_stacked():
    assert not is_stacked(segments(page((50, 100, "one"), (300, 100, "two"))))


def test_lines_out_of_order_are_not_stacked():
    assert not is_stacked(segments(page((50, 200, "one"), (50, 100, "two"))))


def test_white_space_across_the_page_parts_bands():
    lines = segments(page((50, 100, "a"), (300, 103, "b"), (50, 140, "c")))
    assert [band.tolist() for band in bands(lines, np.arange(3))] == [[0, 1], [2]]


def test_rows_are_read_left_to_right_whatever_the_engine_s_order():
    marks = page((300, 100, "right"), (50, 101, "left"), (50, 130, "below"))
    assert rows_of_texts(marks, rows_across(segments(marks))) == [["left", "right"], ["below"]]


def test_lines_a_little_out_of_level_are_one_row():
    marks = page((50, 100, "a"), (300, 104, "b"))
    lines = segments(marks)
    [band] = bands(lines, np.arange(2))
    assert rows_of_texts(marks, rows_of(lines, band)) == [["a", "b"]]


def test_rows_of_some_segments_leave_out_the_others():
    marks = page((50, 100, "a"), (300, 100, "b"), (50, 130, "c"))
    assert rows_of_texts(marks, rows_across(segments(marks), np.array([1, 2]))) == [["b"], ["c"]]
