import numpy as np
import pytest

from pipeline.reading.layout.frame import turned
from pipeline.reading.ocr import recognize
from tests.support.pictures import RECEIPT, text_bitmap

SIDE = 1280


@pytest.fixture(scope="module")
def upright():
    return recognize(text_bitmap(), SIDE)


def test_the_words_of_a_picture_are_read_with_confidence(upright):
    assert upright.text == " ".join(RECEIPT).split()
    assert upright.confidence.min() > 0.5
    assert upright.confidence.max() <= 1.0


def test_the_words_of_a_line_share_its_number_and_stand_in_order(upright):
    first = upright.line == upright.line[0]
    assert [upright.text[number] for number in np.flatnonzero(first)] == ["CORNER", "SHOP", "LIMITED"]
    starts = upright.boxes[first, 0]
    assert (np.diff(starts) > 0).all()


def test_boxes_lie_around_the_ink(upright):
    dark = text_bitmap().min(axis=2) < 128
    for x0, y0, x1, y1 in upright.boxes.round().astype(int):
        assert dark[y0 : y1 + 1, x0 : x1 + 1].any()
    columns = np.flatnonzero(dark.any(0))
    assert upright.boxes[:, 0].min() == pytest.approx(columns[0], abs=12)
    assert upright.boxes[:, 2].max() == pytest.approx(columns[-1], abs=12)


@pytest.mark.parametrize("quarters", [1, 2])
def test_a_page_on_its_side_or_head_is_read_and_its_boxes_lie_on_the_page_as_given(upright, quarters):
    marks = recognize(np.ascontiguousarray(np.rot90(text_bitmap(), -quarters)), SIDE)
    assert marks.text == upright.text
    back = turned(marks.boxes, (4 - quarters) % 4, marks.width, marks.height)
    assert np.abs(back - upright.boxes).max() < 12
    assert (marks.turn + quarters) % 4 == 0


def test_a_blank_page_holds_nothing():
    assert len(recognize(np.full((400, 300, 3), 255, np.uint8), SIDE)) == 0


def test_small_type_on_a_large_page_is_still_found():
    page = np.full((2600, 1900, 3), 255, np.uint8)
    small = text_bitmap(["the quick brown fox jumps over", "a lazy dog and runs away"] * 6, size=15, width=420)
    page[300 : 300 + small.shape[0], 200 : 200 + small.shape[1]] = small
    marks = recognize(page, SIDE)
    assert marks.text.count("fox") >= 5


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 900, 3), (900, 2, 3)])
def test_a_bitmap_too_small_for_text_holds_nothing(shape):
    assert len(recognize(np.zeros(shape, np.uint8), SIDE)) == 0
