"""Words → line segments: words of one line that stand close together."""

from dataclasses import dataclass

import numpy as np

from pipeline.reading.layout.marks import Bools, Floats, Ints, Marks

WIDE_GAP = 1.2
"""A gap of more heights than this inside a line separates two segments: no justified text has such spaces."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """Segments as columns of equal length; the words `start` to `stop` (half open) in the order of `words`."""

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    height: Floats
    """Mean height of the words."""
    size: Floats
    """Mean size of the type."""
    start: Ints
    stop: Ints
    bold: Bools

    def __len__(self) -> int:
        return len(self.x0)

    def take(self, which: Ints) -> "Lines":
        """Some of them, in that order."""
        return Lines(**{name: getattr(self, name)[which] for name in self.__slots__})


def segments(marks: Marks, parted: Bools | None = None) -> Lines:
    """The page's segments in the engine's order; they cover all words, in the engine's order.

    `parted` says of each word on which side of a border it stands; no segment holds words of both.
    """
    x0, y0, x1, y1 = marks.boxes.T
    heights = np.maximum(y1 - y0, 0.1)
    begins = np.ones(len(x0), np.bool_)
    gap = x0[1:] - x1[:-1]
    limit = WIDE_GAP * heights[1:]
    begins[1:] = (marks.line[1:] != marks.line[:-1]) | (gap > limit) | (gap < -3 * limit)
    if parted is not None:
        begins[1:] |= parted[1:] != parted[:-1]
    start = begins.nonzero()[0]
    stop = np.empty_like(start)
    stop[:-1], stop[-1] = start[1:], len(x0)
    count = stop - start
    return Lines(
        x0=np.minimum.reduceat(x0, start),
        y0=np.minimum.reduceat(y0, start),
        x1=np.maximum.reduceat(x1, start),
        y1=np.maximum.reduceat(y1, start),
        height=np.add.reduceat(heights, start) / count,
        size=np.add.reduceat(marks.size, start) / count,
        start=start,
        stop=stop,
        bold=marks.bold[start],
    )
