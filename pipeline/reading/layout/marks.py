"""What an engine saw on a page: words, ruling lines and pictures, before anything is made of them."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


Bitmap = NDArray[np.uint8]
"""Height, width, 3: RGB."""


def no_boxes() -> Floats:
    """Zero boxes."""
    return np.empty((0, 4))


def median(values: Floats) -> float:
    """The upper median of at least one value: on short arrays ten times as fast as NumPy's."""
    return float(np.sort(values)[len(values) // 2])


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """Boxes are rows `x0, y0, x1, y1` in the page's own unit (points or pixels) as displayed, origin top left."""

    width: float
    height: float
    text: list[str] = field(default_factory=list)
    """One entry a word."""
    boxes: Floats = field(default_factory=no_boxes)
    """Of the words."""
    line: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    """The engine's number of each word's line, ascending; a line's words stand behind one another."""
    size: Floats = field(default_factory=lambda: np.empty(0))
    """Of the type: points for a text layer, height of the letters' box for OCR."""
    bold: Bools = field(default_factory=lambda: np.empty(0, np.bool_))
    """Whether the word stands in a line that is wholly bold."""
    confidence: Floats | None = None
    """0 to 1; `None` for a text layer."""
    vectors: Floats = field(default_factory=no_boxes)
    """Boxes of drawn paths: rules, frames and shadings among them."""
    pictures: Floats = field(default_factory=no_boxes)
    """Boxes of bitmaps."""
    turn: int = 0
    """Quarter turns clockwise after which the page reads upright."""
    skew: float = 0.0
    """Slope of the lines after that turn: how far down they run for each unit to the right."""

    def __len__(self) -> int:
        return len(self.text)
