from dataclasses import replace

import numpy as np
import pytest

from pipeline.reading.layout.direction import may_run_left, mirrored, running_right, way_of
from pipeline.reading.layout.frame import reading_frame
from pipeline.reading.layout.lines import segments
from pipeline.reading.layout.page import arrange
from tests.support.marks import page


def leftward(*lines, **more):
    """A page of lines that run to the left: `left` is then the distance from the right edge."""
    marks = page(*lines, **more)
    return replace(marks, boxes=mirrored(marks.boxes, marks.width), vectors=mirrored(marks.vectors, marks.width))


def read(marks):
    """The texts of the blocks in reading order."""
    frame = reading_frame(marks)
    arranged = arrange(frame, segments(frame))
    order = range(len(marks)) if arranged.order is None else arranged.order.tolist()
    text = [marks.text[word] for word in order]
    return [" ".join(text[draft.start : draft.stop]) for draft in arranged.drafts]


@pytest.mark.parametrize(
    ("text", "way"),
    [("word", "right"), ("שלום", "left"), ("(سلام", "left"), ("2024", "figure"), ("٢٠", "figure"), ("-", "neutral")],
)
def test_the_way_of_a_word_is_that_of_its_first_letter(text, way):
    assert way_of(text) == way


def test_only_hebrew_arabic_and_their_like_may_run_left():
    assert may_run_left("a שלום")
    assert may_run_left("ﻻ")
    assert not may_run_left("naïve Straße – 漢字 ½")


def test_a_page_that_runs_to_the_right_is_left_as_it_is():
    marks = page((50, 100, "plain words – and more"))
    assert running_right(marks) is marks


def test_a_page_that_runs_to_the_left_is_mirrored():
    marks = leftward((50, 100, "שלום עולם"), vectors=[(10, 20, 30, 40)])
    frame = running_right(marks)
    assert np.allclose(frame.boxes, mirrored(marks.boxes, 600))
    assert frame.vectors.tolist() == [[10, 20, 30, 40]]


def test_latin_words_on_it_still_follow_one_another():
    # As displayed: the Latin words stand left of the first word and run to the right.
    marks = page((200, 100, "Windows Server 2019"), (340, 100, "שלום"), (380, 100, "עולם"), (150, 100, "טוב"))
    marks = replace(marks, line=np.zeros(6, np.int64))
    order = [4, 3, 0, 1, 2, 5]
    marks = replace(marks, text=[marks.text[each] for each in order], boxes=marks.boxes[order])
    frame = running_right(marks)
    assert frame.boxes[:, 0].tolist() == sorted(frame.boxes[:, 0].tolist())


def test_words_that_run_left_in_a_line_that_runs_right_follow_one_another():
    marks = page((50, 100, "the words mean peace"))
    marks = replace(marks, text=["the", "שלום", "עולם", "peace"], boxes=marks.boxes[[0, 2, 1, 3]])
    assert np.all(np.diff(running_right(marks).boxes[:, 0]) > 0)


def test_columns_are_read_from_the_right():
    first = [(50, 100 + 14 * n, "מילים ועוד מילים בטור ראשון") for n in range(5)]
    second = [(320, 100 + 14 * n, "מילים אחרות כאן בטור שני") for n in range(5)]
    blocks = read(leftward(*[line for pair in zip(first, second, strict=True) for line in pair]))
    assert len(blocks) == 2
    assert blocks[0].startswith("מילים ועוד")
    assert blocks[1].startswith("מילים אחרות")


def test_the_first_column_of_a_table_is_the_rightmost():
    rows = [("פריט", "כמות", "מחיר"), ("עט", "12", "3.50"), ("מחק", "7", "1.20"), ("סרגל", "2", "4.10")]
    lines = [
        (50 + 150 * column, 100 + 16 * row, cell) for row, cells in enumerate(rows) for column, cell in enumerate(cells)
    ]
    frame = reading_frame(leftward(*lines))
    [draft] = arrange(frame, segments(frame)).drafts
    assert draft.grid is not None
    assert [frame.text[cell.words[0]] for cell in draft.grid.cells if cell.column == 0] == [row[0] for row in rows]
