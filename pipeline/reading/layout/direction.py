"""Which way text is read, and the frame in which text that runs to the left can be treated as if it ran to the right.

The classes are those of the Unicode Bidirectional Algorithm (UAX #9).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from pipeline.reading.layout.marks import Floats, Ints, Marks

# Hebrew to Arabic Extended-A, and the presentation forms of Hebrew and Arabic.
_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")

Way = Literal["left", "right", "figure", "neutral"]
_WAYS: dict[str, Way] = {"L": "right", "R": "left", "AL": "left", "EN": "figure", "AN": "figure"}


def may_run_left(text: str) -> bool:
    """Whether anything in a text may be written from right to left."""
    return not text.isascii() and _TO_LEFT.search(text) is not None


def way_of(text: str) -> Way:
    """Which way a letter or word runs: by its first letter, else by a digit in it."""
    found: Way = "neutral"
    for character in text:
        way = _WAYS.get(unicodedata.bidirectional(character), "neutral")
        if way in ("left", "right"):
            return way
        if way == "figure":
            found = way
    return found


def running_right(marks: Marks) -> Marks:
    """The same marks where they would stand if all lines ran to the right; the very object where they do.

    A page of a script that runs to the left is mirrored; then, and on other pages, what runs against the lines is
    mirrored within the stretch that it takes. Words stand behind one another as they are read.
    """
    if not may_run_left("".join(marks.text)):
        return marks
    ways = [way_of(text) for text in marks.text]
    to_left = ways.count("left") > ways.count("right")
    boxes = mirrored(marks.boxes, marks.width) if to_left else marks.boxes.copy()
    for start, stop in _stretches(ways, marks.line, "right" if to_left else "left"):
        run = boxes[start:stop]
        ends = float(run[:, 0].min() + run[:, 2].max())
        boxes[start:stop, 0], boxes[start:stop, 2] = ends - run[:, 2], ends - run[:, 0]
    if not to_left:
        return replace(marks, boxes=boxes)
    vectors, pictures = mirrored(marks.vectors, marks.width), mirrored(marks.pictures, marks.width)
    return replace(marks, boxes=boxes, vectors=vectors, pictures=pictures)


def mirrored(boxes: Floats, width: float) -> Floats:
    """Boxes as seen in a mirror."""
    return np.stack((width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]), axis=1)


def _stretches(ways: Sequence[Way], line: Ints, against: Way) -> Iterator[tuple[int, int]]:
    """Stretches of several words of one line that run `against` it, with the figures between and behind them."""
    lines = line.tolist()
    start = stop = 0
    while start < len(ways):
        if ways[start] != against:
            start += 1
            continue
        stop = number = start + 1
        while number < len(ways) and lines[number] == lines[start] and ways[number] in (against, "figure", "neutral"):
            number += 1
            stop = number if ways[number - 1] != "neutral" else stop
        if stop - start > 1:
            yield start, stop
        start = number
