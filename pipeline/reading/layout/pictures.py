"""Where a page shows something that its words do not say: photographs, charts, drawings, stamps."""

import numpy as np

from pipeline.reading.layout.marks import Bools, Floats, Marks
from schemas.evidence import Box

MOST = 20
"""Boxes kept of a page, the largest."""
SMALLEST = 0.002
"""Share of the page; a smaller one is a bullet, an icon or a speck."""
THIN = 0.01
"""Share of the page's side; a thinner path is a rule."""
BACKGROUND = 0.5
"""Share of the page; a larger path is the colour of the paper, or a frame around everything."""
WORDS_PER_PAGE = 120
"""Words that a whole page of drawings has on it; a path with more in proportion is a frame or a shade behind text."""
FEWEST = 4
"""Paths of a drawing; fewer are a band of colour, a bar in the letterhead."""
_DECIMALS = 4


def picture_boxes(marks: Marks) -> list[Box]:
    """Bitmaps and drawings, as fractions of the page, the largest first; at most `MOST`."""
    if not (len(marks.pictures) or len(marks.vectors)):
        return []
    paths = _fractions(marks.vectors, marks)
    boxes = np.concatenate([_fractions(marks.pictures, marks), paths[_drawn(paths, marks)]])
    areas = _areas(boxes)
    largest = np.argsort(-areas, kind="stable")[:MOST]
    kept = boxes[largest[areas[largest] >= SMALLEST]].round(_DECIMALS)
    return [(x0, y0, x1, y1) for x0, y0, x1, y1 in kept.tolist()]


def _fractions(boxes: Floats, marks: Marks) -> Floats:
    fractions: Floats = np.clip(boxes / (marks.width, marks.height, marks.width, marks.height), 0.0, 1.0)
    return fractions


def _areas(boxes: Floats) -> Floats:
    areas: Floats = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return areas


def _drawn(paths: Floats, marks: Marks) -> Bools:
    """Which paths are drawings: neither rules nor backgrounds nor frames."""
    sides = paths[:, 2:] - paths[:, :2]
    areas = _areas(paths)
    drawn: Bools = (sides.min(axis=1, initial=1.0) >= THIN) & (areas <= BACKGROUND)
    if drawn.any() and len(marks):
        drawn[drawn] = _words_inside(paths[drawn], marks) <= WORDS_PER_PAGE * areas[drawn]
    return drawn if drawn.sum() >= FEWEST else np.zeros_like(drawn)


def _words_inside(paths: Floats, marks: Marks) -> Floats:
    """How many words have their middle in each path, by sums over a grid."""
    cells = 200
    boxes = _fractions(marks.boxes, marks)
    x = np.minimum((boxes[:, 0] + boxes[:, 2]) / 2 * cells, cells - 1).astype(np.int64)
    y = np.minimum((boxes[:, 1] + boxes[:, 3]) / 2 * cells, cells - 1).astype(np.int64)
    sums = np.zeros((cells + 1, cells + 1))
    np.add.at(sums, (y + 1, x + 1), 1.0)
    sums = sums.cumsum(axis=0).cumsum(axis=1)
    x0, y0 = np.ceil(paths[:, :2] * cells).astype(np.int64).T
    x1, y1 = np.floor(paths[:, 2:] * cells).astype(np.int64).T
    x1, y1 = np.maximum(x0, x1), np.maximum(y0, y1)
    inside: Floats = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    return inside
