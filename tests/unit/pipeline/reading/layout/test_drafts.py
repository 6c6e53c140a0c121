"""Drafts of blocks: what is known of each before the whole document has been seen."""

import numpy as np
import pytest

from pipeline.reading.layout.drafts import ends, make_drafts, markers, measured
from pipeline.reading.layout.lines import segments
from tests.support.marks import page


@pytest.mark.parametrize(
    ("word", "marks"),
    [
        *((word, True) for word in ("•", "–", "-", "*", "1.", "12)", "(3)", "a)", "iv.", "(xx)", "➢")),
        *((word, False) for word in ("word", "1", "2024.5", "1234.", "a", "--", "(a", "12.50", "Mr.s")),
    ],
)
def test_bullets_and_numbers_of_lists_are_told(word, marks):
    assert markers(page((0, 0, f"{word} text")), [0]).tolist() == [marks]


@pytest.mark.parametrize(
    ("text", "ended"), [("It rains.", True), ("Why?", True), ("as follows:", True), ("and", False), ("1.5", False)]
)
def test_the_end_of_a_sentence_is_told(text, ended):
    marks = page((0, 0, text))
    assert ends(marks, [len(marks)]).tolist() == [ended]


@pytest.fixture
def shape():
    """Three rows: a bold heading, and two lines, the second of two segments."""
    marks = page((10, 10, "Heading"), (10, 40, "some text."), (10, 60, "left"), (300, 60, "right"), bold=("Heading",))
    lines = segments(marks)
    return measured(marks, lines, [[0], [1], [2, 3]])


def test_a_row_reaches_from_its_first_segment_to_its_last(shape):
    assert shape.x0.tolist() == [10, 10, 10]
    assert shape.x1[2] == 300 + 6 * len("right")
    assert shape.single.tolist() == [True, True, False]
    assert shape.bold.tolist() == [True, False, False]
    assert shape.ends.tolist() == [False, True, False]


def test_drafts_cover_their_rows_and_say_what_holds_for_all_of_them(shape):
    heading, body = make_drafts(shape, [0, 1], [0, 1], [1, 5])
    assert (heading.start, heading.stop, heading.rows) == (0, 1, 1)
    assert (body.start, body.stop, body.rows) == (1, 5, 2)
    assert heading.bold
    assert not body.bold
    assert heading.single
    assert not body.single, "one row of two segments is enough"
    assert body.grid is None


def test_the_size_of_a_draft_is_that_of_its_rows_on_average():
    marks = page((10, 10, "large"), (10, 40, "small"), sizes={"large": 20.0})
    shape = measured(marks, segments(marks), [[0], [1]])
    [draft] = make_drafts(shape, [0], [0], [2])
    assert draft.size == pytest.approx(np.mean([20.0, 10.0]))
