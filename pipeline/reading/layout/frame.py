"""The frame a page is read in: turned upright, straightened, and mirrored where its lines run to the left."""

from dataclasses import replace

import numpy as np

from pipeline.reading.layout.direction import running_right
from pipeline.reading.layout.marks import Floats, Marks

_STRAIGHT = 0.003
"""Slopes below this are left: a line drops less than half its height over the page."""

_SEVERAL = 4
"""Letters of a word that cannot be higher than wide while it runs to the right."""


def reading_frame(marks: Marks) -> Marks:
    """The same marks where they would stand on an upright, straight page whose lines run to the right.

    The very object where they do already.
    """
    return running_right(_upright(marks))


def _upright(marks: Marks) -> Marks:
    turn = marks.turn or _turn_of_text(marks)
    if not turn and abs(marks.skew) <= _STRAIGHT:
        return marks
    width, height = (marks.height, marks.width) if turn % 2 else (marks.width, marks.height)
    boxes, vectors, pictures = (
        turned(each, turn, marks.width, marks.height) for each in (marks.boxes, marks.vectors, marks.pictures)
    )
    size = boxes[:, 3] - boxes[:, 1] if turn % 2 and not marks.turn else marks.size
    if abs(marks.skew) > _STRAIGHT:
        boxes, vectors = _straightened(boxes, marks.skew, width), _straightened(vectors, marks.skew, width)
    return replace(
        marks, width=width, height=height, boxes=boxes, vectors=vectors, pictures=pictures, size=size, turn=0, skew=0.0
    )


def turned(boxes: Floats, quarters: int, width: float, height: float) -> Floats:
    """Boxes of a page that is turned clockwise; `width` and `height` are those before."""
    x0, y0, x1, y1 = boxes.T
    if quarters == 1:
        return np.stack((height - y1, x0, height - y0, x1), axis=1)
    if quarters == 2:
        return np.stack((width - x1, height - y1, width - x0, height - y0), axis=1)
    if quarters == 3:
        return np.stack((y0, width - x1, y1, width - x0), axis=1)
    return boxes


def _straightened(boxes: Floats, slope: float, width: float) -> Floats:
    """Sheared about the middle of the page: for small slopes the same as turned, and boxes stay boxes."""
    drop = slope * ((boxes[:, 0] + boxes[:, 2]) / 2 - width / 2)
    moved = boxes.copy()
    moved[:, 1] -= drop
    moved[:, 3] -= drop
    return moved


def _turn_of_text(marks: Marks) -> int:
    """Quarter turns clockwise that bring most words upright, told from their boxes.

    Words of several letters that are higher than wide run up or down; the order of a line's words tells which.
    """
    boxes = marks.boxes
    if not len(boxes):
        return 0
    tall = np.flatnonzero((boxes[:, 3] - boxes[:, 1]) > 1.5 * (boxes[:, 2] - boxes[:, 0]))
    if len(tall) < 0.3 * len(boxes):
        return 0
    long = sum(len(marks.text[word]) >= _SEVERAL for word in tall.tolist())
    if not long or long < 0.5 * sum(len(text) >= _SEVERAL for text in marks.text):
        return 0
    neighbours = marks.line[1:] == marks.line[:-1]
    down = np.diff((boxes[:, 1] + boxes[:, 3]) / 2)[neighbours]
    return 3 if float(np.sum(np.sign(down))) > 0 else 1
