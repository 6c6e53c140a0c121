"""Reading order: segments → strips of rows, by cutting the page at its white space.

A strip is a stretch of one column; a row is what stands side by side in it, left to right. The method is the
recursive X-Y cut (Nagy and Seth 1984) with one change: bands of rows are joined while they share a gutter, so that
two columns whose paragraph gaps happen to align are not read crosswise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.reading.layout.lines import Lines
from pipeline.reading.layout.marks import Bools, Floats, Ints

Row = list[int]
Strip = list[Row]
Interval = tuple[float, float]

_CORE = 0.25
"""Share cut off a segment's top and bottom, as boxes of neighbouring lines overlap."""
_GUTTER = 0.7
"""Narrowest gutter, in median heights."""
_MAX_DEPTH = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What the order is found from; columns of equal length, one entry a segment."""

    lines: Lines
    words: Ints
    """How many words it has."""
    numeric: Bools
    """Whether it is a number, an amount or a date."""
    label: Bools
    """Whether it ends with a colon."""


def is_stacked(lines: Lines) -> bool:
    """Whether every segment has its row to itself, in the order given or sorted from the top."""
    return bool(np.all(_tops(lines)[1:] >= np.maximum.accumulate(_bottoms(lines))[:-1]))


def strips(scene: Scene) -> list[Strip]:
    """The strips of a page in reading order; every segment is in exactly one row."""
    found: list[Strip] = []
    _region(scene, np.arange(len(scene.lines)), found, _MAX_DEPTH)
    return found


def _tops(lines: Lines) -> Floats:
    return lines.y0 + _CORE * (lines.y1 - lines.y0)


def _bottoms(lines: Lines) -> Floats:
    return lines.y1 - _CORE * (lines.y1 - lines.y0)


def _region(scene: Scene, ids: Ints, found: list[Strip], depth: int) -> None:
    """Add the strips of some segments; plain rows of consecutive groups stay in one strip."""
    open_strip: Strip = []
    for group in _groups(scene.lines, _bands(scene.lines, ids)):
        columns = _columns(scene, group) if depth else [np.concatenate(group)]
        if len(columns) == 1:
            for band in group:
                open_strip += _rows(scene.lines, band)
            continue
        if open_strip:
            found.append(open_strip)
            open_strip = []
        for column in columns:
            _region(scene, column, found, depth - 1)
    if open_strip:
        found.append(open_strip)


def _bands(lines: Lines, ids: Ints) -> list[Ints]:
    """Segments parted by white space across the whole region, from the top."""
    tops, bottoms = _tops(lines)[ids], _bottoms(lines)[ids]
    order = np.argsort(tops, kind="stable")
    reach = np.maximum.accumulate(bottoms[order])
    cuts = np.flatnonzero(tops[order][1:] >= reach[:-1]) + 1
    return np.split(ids[order], cuts)


def _groups(lines: Lines, bands: Sequence[Ints]) -> list[list[Ints]]:
    """Consecutive bands that share a gutter, or have none."""
    gutter = _GUTTER * float(np.median(lines.height))
    groups: list[list[Ints]] = []
    free: list[Interval] = []
    inner = False
    for band in bands:
        spaces = free_spaces(lines.x0[band], lines.x1[band])
        shared = _intersection(free, spaces, gutter) if groups else spaces
        left = float(lines.x0[band].min())
        right = float(lines.x1[band].max())
        if groups:
            left = min(left, *(float(lines.x0[each].min()) for each in groups[-1]))
            right = max(right, *(float(lines.x1[each].max()) for each in groups[-1]))
        has_inner = any(left < low and high < right for low, high in shared)
        band_inner = len(spaces) > 2
        if groups and (has_inner or not (inner or band_inner)):
            groups[-1].append(band)
            free, inner = shared, has_inner
        else:
            groups.append([band])
            free, inner = spaces, band_inner
    return groups


def free_spaces(x0: Floats, x1: Floats) -> list[Interval]:
    """Where nothing stands, from minus to plus infinity."""
    spaces: list[Interval] = []
    reach = -np.inf
    for left, right in sorted(zip(x0.tolist(), x1.tolist(), strict=True)):
        if left > reach:
            spaces.append((reach, left))
        reach = max(reach, right)
    spaces.append((reach, np.inf))
    return spaces


def _intersection(first: Sequence[Interval], second: Sequence[Interval], least: float) -> list[Interval]:
    found = []
    for low, high in first:
        for other_low, other_high in second:
            a, b = max(low, other_low), min(high, other_high)
            if b - a >= least:
                found.append((a, b))
    return found


def _rows(lines: Lines, band: Ints) -> list[Row]:
    """The rows of a band: segments whose middles are near, left to right."""
    if len(band) == 1:
        return [[int(band[0])]]
    middles = (lines.y0[band] + lines.y1[band]) / 2
    order = np.argsort(middles, kind="stable")
    rows: list[Row] = []
    reach = -np.inf
    for index in order.tolist():
        segment = int(band[index])
        if middles[index] > reach:
            rows.append([])
            reach = middles[index] + 0.5 * float(lines.height[segment])
        rows[-1].append(segment)
    return [sorted(row, key=lambda segment: float(lines.x0[segment])) for row in rows]


def _columns(scene: Scene, group: Sequence[Ints]) -> list[Ints]:
    """The columns of a group of bands that is to be read column by column; one where it reads row by row."""
    ids = np.concatenate(group)
    if all(len(band) == 1 for band in group):
        return [ids]
    lines = scene.lines
    gutter = _GUTTER * float(np.median(lines.height[ids]))
    inner = [(low, high) for low, high in free_spaces(lines.x0[ids], lines.x1[ids])[1:-1] if high - low >= gutter]
    edges = [low for low, _ in inner]
    place = np.searchsorted(np.array(edges), lines.x0[ids])
    cells = [ids[place == number] for number in range(len(edges) + 1)]
    columns = [cells[0]]
    for left, right in pairwise(cells):
        if _reads_by_column(scene, left, right, many=len(cells) > 2):
            columns.append(right)
        else:
            columns[-1] = np.concatenate((columns[-1], right))
    return columns


def is_prose(scene: Scene, ids: Ints) -> bool:
    """Whether segments look like the lines of running text: long, and filling their column."""
    if len(ids) < 3 or np.median(scene.words[ids]) < 4:
        return False
    lines = scene.lines
    width = float(lines.x1[ids].max() - lines.x0[ids].min())
    return float(np.median(lines.x1[ids] - lines.x0[ids])) >= 0.7 * width


def _aligned(lines: Lines, first: Ints, second: Ints) -> float:
    """Share of the first segments that have one of the second on their row."""
    middles = np.sort((lines.y0[second] + lines.y1[second]) / 2)
    mine = (lines.y0[first] + lines.y1[first]) / 2
    place = np.searchsorted(middles, mine)
    below = np.abs(middles[np.minimum(place, len(middles) - 1)] - mine)
    above = np.abs(middles[np.maximum(place - 1, 0)] - mine)
    return float(np.mean(np.minimum(below, above) < 0.4 * lines.height[first]))


def _reads_by_column(scene: Scene, left: Ints, right: Ints, *, many: bool) -> bool:
    """Whether two neighbouring columns are read one after the other, not row by row.

    Row by row read tables, labels with their values and numbered paragraphs.
    """
    few, others = (left, right) if len(left) <= len(right) else (right, left)
    aligned = _aligned(scene.lines, few, others)
    if len(few) == 1:
        return aligned == 0.0
    prose = is_prose(scene, left), is_prose(scene, right)
    if all(prose) or aligned < 0.6:
        return True
    if any(prose):
        other = right if prose[0] else left
        text = left if prose[0] else right
        return len(other) >= 4 and len(other) > 0.5 * len(text) and float(np.mean(scene.numeric[other])) < 0.5
    if many or np.mean(scene.label[left]) >= 0.5 or np.mean(scene.numeric[right]) >= 0.4:
        return False
    return len(few) >= 3
