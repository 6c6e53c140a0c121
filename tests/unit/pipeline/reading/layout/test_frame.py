from dataclasses import replace

import numpy as np
import pytest

from pipeline.reading.layout.frame import reading_frame, turned
from tests.support.marks import page, prose


def test_an_upright_page_is_left_as_it_is():
    marks = page(*prose(50, 100, 3))
    assert reading_frame(marks) is marks


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_turning_on_to_a_whole_turn_gives_the_boxes_back(quarters):
    boxes = np.array([[10.0, 20.0, 40.0, 30.0]])
    sizes = [(600, 800), (800, 600)]
    there = turned(boxes, quarters, *sizes[0])
    back = turned(there, (4 - quarters) % 4, *sizes[quarters % 2])
    assert back.tolist() == boxes.tolist()


def test_a_quarter_turn_clockwise_brings_the_top_left_to_the_top_right():
    assert turned(np.array([[0.0, 0.0, 10.0, 5.0]]), 1, 600, 800).tolist() == [[795.0, 0.0, 800.0, 10.0]]


@pytest.mark.parametrize("quarters", [1, 3])
def test_text_that_runs_up_or_down_is_brought_upright(quarters):
    marks = page(*prose(50, 100, 5, word="running"))
    lying = replace(marks, boxes=turned(marks.boxes, quarters, 600, 800), width=800.0, height=600.0)
    frame = reading_frame(lying)
    assert np.allclose(frame.boxes, marks.boxes)
    assert (frame.width, frame.height) == (600, 800)


def test_a_page_said_to_stand_on_its_head_is_turned():
    marks = page(*prose(50, 100, 5))
    lying = replace(marks, boxes=turned(marks.boxes, 2, 600, 800), turn=2)
    assert np.allclose(reading_frame(lying).boxes, marks.boxes)


def test_sloping_lines_are_straightened():
    marks = page(*prose(50, 100, 3, words=10))
    slope = 0.05
    sloping = marks.boxes.copy()
    sloping[:, 1::2] += (slope * ((sloping[:, 0] + sloping[:, 2]) / 2 - 300))[:, None]
    frame = reading_frame(replace(marks, boxes=sloping, skew=slope))
    assert np.allclose(frame.boxes, marks.boxes)


def test_single_tall_letters_do_not_make_a_page_lie():
    marks = page((50, 100, "I l 1 I l"), (50, 114, "i l 1"))
    assert reading_frame(marks) is marks
