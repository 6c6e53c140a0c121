"""Segments → bands, which white space parts across the page, and rows, which stand side by side."""

import numpy as np

from pipeline.reading.layout.lines import Lines
from pipeline.reading.layout.marks import Floats, Ints

_CORE = 0.25
"""Share cut off a segment's top and bottom, as boxes of neighbouring lines overlap."""


def is_stacked(lines: Lines) -> bool:
    """Whether every segment has its row to itself, in the order given or sorted from the top."""
    return bool(np.all(_tops(lines)[1:] >= np.maximum.accumulate(_bottoms(lines))[:-1]))


def _tops(lines: Lines) -> Floats:
    return lines.y0 + _CORE * (lines.y1 - lines.y0)


def _bottoms(lines: Lines) -> Floats:
    return lines.y1 - _CORE * (lines.y1 - lines.y0)


def bands(lines: Lines, ids: Ints) -> list[Ints]:
    """Segments parted by white space across the whole region, from the top."""
    tops, bottoms = _tops(lines)[ids], _bottoms(lines)[ids]
    order = np.argsort(tops, kind="stable")
    reach = np.maximum.accumulate(bottoms[order])
    cuts = np.flatnonzero(tops[order][1:] >= reach[:-1]) + 1
    return np.split(ids[order], cuts)


def rows_of(lines: Lines, band: Ints) -> list[list[int]]:
    """The rows of a band: segments whose middles are near, left to right."""
    if len(band) == 1:
        return [[int(band[0])]]
    middles = (lines.y0[band] + lines.y1[band]) / 2
    order = np.argsort(middles, kind="stable")
    rows: list[list[int]] = []
    reach = -np.inf
    for index in order.tolist():
        segment = int(band[index])
        if middles[index] > reach:
            rows.append([])
            reach = middles[index] + 0.5 * float(lines.height[segment])
        rows[-1].append(segment)
    return [sorted(row, key=lambda segment: float(lines.x0[segment])) for row in rows]


def rows_across(lines: Lines, ids: Ints | None = None) -> list[list[int]]:
    """All rows of a page, or of some of its segments, from the top, across its columns."""
    return [row for band in bands(lines, np.arange(len(lines)) if ids is None else ids) for row in rows_of(lines, band)]
