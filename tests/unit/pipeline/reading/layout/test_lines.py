import numpy as np

from pipeline.reading.layout.lines import segments
from tests.support.marks import page


def texts(marks, lines):
    return [" ".join(marks.text[a:b]) for a, b in zip(lines.start, lines.stop, strict=True)]


def test_the_words_of_one_line_are_one_segment():
    marks = page((50, 100, "the quick fox"), (50, 114, "jumps"))
    assert texts(marks, segments(marks)) == ["the quick fox", "jumps"]


def test_a_wide_gap_inside_a_line_parts_it():
    marks = page((50, 100, "left"), (300, 100, "right"))
    one_line = page((50, 100, "left right"))
    marks = type(marks)(
        width=600,
        height=800,
        text=marks.text,
        boxes=marks.boxes,
        line=one_line.line,
        size=marks.size,
        bold=marks.bold,
    )
    assert texts(marks, segments(marks)) == ["left", "right"]


def test_a_segment_has_the_box_around_its_words_and_their_mean_height():
    lines = segments(page((50, 100, "ab cd")))
    assert (lines.x0[0], lines.y0[0], lines.x1[0], lines.y1[0]) == (50, 100, 77, 112)
    assert lines.height[0] == 12
    assert lines.size[0] == 10


def test_words_on_two_sides_of_a_border_are_two_segments():
    marks = page((50, 100, "in in out out"))
    lines = segments(marks, parted=np.array([True, True, False, False]))
    assert texts(marks, lines) == ["in in", "out out"]


def test_some_segments_can_be_taken_in_another_order():
    marks = page((50, 100, "a"), (50, 114, "b"), (50, 128, "c"))
    assert texts(marks, segments(marks).take(np.array([2, 0]))) == ["c", "a"]
