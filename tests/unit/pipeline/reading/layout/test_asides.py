from dataclasses import replace

import numpy as np
import pytest

from pipeline.reading.layout.asides import part
from pipeline.reading.layout.assemble import finish, place
from tests.support.marks import page, prose

STAMP = "Downloaded from archive"


def stamped(*lines, x=10.0, text=STAMP):
    """A page with a stamp that runs up its left margin."""
    marks = page(*lines, (50, 700, text))
    words = len(text.split())
    boxes, y = marks.boxes.copy(), 600.0
    for word in range(len(marks) - words, len(marks)):
        length = boxes[word, 2] - boxes[word, 0]
        boxes[word] = (x, y - length, x + 12, y)
        y -= length + 3
    return replace(marks, boxes=boxes)


def blocks(marks):
    [found] = finish([place(marks, 1, "text")])
    return [(block.kind, " ".join(found.words.text[block.start : block.stop])) for block in found.blocks]


def test_a_stamp_in_a_side_margin_is_a_header_behind_the_text():
    plain = blocks(page(*prose(80, 100, 30)))
    assert blocks(stamped(*prose(80, 100, 30))) == [*plain, ("header", STAMP)]


def test_it_does_not_disturb_the_order_of_columns():
    columns = [*prose(80, 100, 12, word="left"), *prose(330, 100, 12, word="right")]
    assert [text.split()[0] for _, text in blocks(stamped(*columns))] == ["left", "right", "Downloaded"]


def test_its_words_keep_their_boxes_and_have_a_line_of_their_own():
    [found] = finish([place(stamped(*prose(80, 100, 3)), 1, "text")])
    words = found.words
    assert len(words.x0) == len(words.line) == len(words.text)
    assert words.line == sorted(words.line)
    assert words.line[-4] < words.line[-3] == words.line[-1]
    assert words.y0[-1] < words.y0[-2] < words.y0[-3] < 0.75


@pytest.mark.parametrize("x", [200.0, 300.0])
def test_what_runs_up_the_middle_of_a_page_is_text(x):
    marks = stamped(*prose(80, 700, 3), x=x)
    assert part(marks, marks)[2] is None


def test_figures_and_letters_in_a_margin_are_text():
    marks = page(*[(10, 100 + 14 * n, f"{n} l I") for n in range(9)], *prose(80, 100, 9))
    assert part(marks, marks)[2] is None


def test_a_page_of_nothing_else_is_left_whole():
    marks = stamped()
    assert part(marks, marks)[2] is None
    assert np.array_equal(part(marks, marks)[0].boxes, marks.boxes)


def test_scores_of_ocr_stay_with_their_words():
    marks = stamped(*prose(80, 100, 3))
    [found] = finish([place(replace(marks, confidence=np.linspace(0.1, 0.9, len(marks))), 1, "ocr")])
    assert found.words.confidence is not None
    assert len(found.words.confidence) == len(marks)
    assert found.words.confidence[-1] == 0.9
