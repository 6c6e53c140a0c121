"""Reading order: segments → strips of rows, by cutting the page at its white space.

A strip is a stretch of one column; a row is what stands side by side in it, left to right. The method is the
recursive X-Y cut (Nagy and Seth 1984) with one change: bands of rows are joined while they share a gutter, so that
two columns whose paragraph gaps happen to align are not read crosswise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.reading.layout.lines import Lines
from pipeline.reading.layout.marks import Floats, Ints, median
from pipeline.reading.layout.rows import bands, rows_of
from pipeline.reading.layout.scene import Scene, Strip, is_prose

Interval = tuple[float, float]

_GUTTER = 0.7
"""Narrowest gutter, in median heights."""
_LEVEL = 0.25
"""Middles no further apart than this many heights are on one row."""
_CLEAR = 0.8
"""White space, in heights, above what begins something new."""
_MAX_DEPTH = 12


def strips(scene: Scene) -> list[Strip]:
    """The strips of a page in reading order; every segment is in exactly one row."""
    found: list[Strip] = []
    _region(scene, np.arange(len(scene.lines)), found, _MAX_DEPTH)
    return found


def _region(scene: Scene, ids: Ints, found: list[Strip], depth: int) -> None:
    """Add the strips of some segments; plain rows of consecutive groups stay in one strip."""
    open_strip: Strip = []
    for group in _split_groups(scene, _groups(scene.lines, bands(scene.lines, ids))):
        columns = _columns(scene, group) if depth else [np.concatenate(group)]
        if len(columns) == 1:
            for band in group:
                open_strip += rows_of(scene.lines, band)
            continue
        if open_strip:
            found.append(open_strip)
            open_strip = []
        for column in columns:
            _region(scene, column, found, depth - 1)
    if open_strip:
        found.append(open_strip)


@dataclass(slots=True)
class _Group:
    """Bands that are read together, and what white space runs through all of them."""

    bands: list[Ints]
    free: list[Interval]
    left: float
    right: float

    @property
    def has_gutter(self) -> bool:
        """Whether white space parts what stands on its two sides."""
        return any(self.left < low and high < self.right for low, high in self.free)

    def joined_by(self, other: "_Group", gutter: float) -> "_Group":
        """Both together; white space narrower than a gutter is none."""
        free = _intersection(self.free, other.free, gutter)
        left, right = min(self.left, other.left), max(self.right, other.right)
        return _Group(self.bands, free, left, right)


def _groups(lines: Lines, stacked: Sequence[Ints]) -> list[list[Ints]]:
    """Consecutive bands that share a gutter, or have none."""
    gutter = _GUTTER * median(lines.height)
    groups: list[_Group] = []
    for band in stacked:
        x0, x1 = lines.x0[band], lines.x1[band]
        new = _Group([band], free_spaces(x0, x1), float(x0.min()), float(x1.max()))
        both = groups[-1].joined_by(new, gutter) if groups else new
        if groups and (both.has_gutter or not (groups[-1].has_gutter or new.has_gutter)):
            both.bands.append(band)
            groups[-1] = both
        else:
            groups.append(new)
    return [group.bands for group in groups]


def _split_groups(scene: Scene, groups: Sequence[Sequence[Ints]]) -> Iterator[Sequence[Ints]]:
    """Groups without what stands clear above or below the bands that really hold columns.

    Running text stays together: there a column may be longer than its neighbour.
    """
    for group in groups:
        shared = [number for number, band in enumerate(group) if len(band) > 1]
        if not shared or is_prose(scene, np.concatenate(group)):
            yield group
            continue
        first, last = shared[0], shared[-1] + 1
        first = first if _stands_clear(scene.lines, group, first) else 0
        last = last if last < len(group) and _stands_clear(scene.lines, group, last) else len(group)
        yield from (part for part in (group[:first], group[first:last], group[last:]) if part)


def _stands_clear(lines: Lines, group: Sequence[Ints], number: int) -> bool:
    """Whether there is more than usual white space above a band."""
    if not number:
        return False
    above, band = group[number - 1], group[number]
    return float(lines.y0[band].min() - lines.y1[above].max()) > _CLEAR * float(lines.height[band].min())


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
    """What lies in both of two ascending lists of intervals and is not narrower than `least`."""
    found = []
    here = there = 0
    while here < len(first) and there < len(second):
        low, high = max(first[here][0], second[there][0]), min(first[here][1], second[there][1])
        if high - low >= least:
            found.append((low, high))
        if first[here][1] < second[there][1]:
            here += 1
        else:
            there += 1
    return found


def _columns(scene: Scene, group: Sequence[Ints]) -> list[Ints]:
    """The columns of a group of bands that is to be read column by column; one where it reads row by row."""
    ids = np.concatenate(group)
    if all(len(band) == 1 for band in group):
        return [ids]
    lines = scene.lines
    gutter = _GUTTER * median(lines.height[ids])
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


def _aligned(lines: Lines, first: Ints, second: Ints) -> float:
    """Share of the first segments that have one of the second on their row."""
    middles = np.sort((lines.y0[second] + lines.y1[second]) / 2)
    mine = (lines.y0[first] + lines.y1[first]) / 2
    place = np.searchsorted(middles, mine)
    below = np.abs(middles[np.minimum(place, len(middles) - 1)] - mine)
    above = np.abs(middles[np.maximum(place - 1, 0)] - mine)
    return float(np.mean(np.minimum(below, above) < _LEVEL * lines.height[first]))


def _reads_by_column(scene: Scene, left: Ints, right: Ints, *, many: bool) -> bool:
    """Whether two neighbouring columns are read one after the other, not row by row.

    Row by row read tables, labels with their values and numbered paragraphs.
    """
    few, others = (left, right) if len(left) <= len(right) else (right, left)
    aligned = _aligned(scene.lines, few, others)
    if len(few) == 1:
        return aligned == 0.0
    prose = is_prose(scene, left), is_prose(scene, right)
    figures = float(np.mean(scene.numeric[left])), float(np.mean(scene.numeric[right]))
    if not any(prose) and many and max(figures) >= 0.6:
        return False
    if all(prose) or aligned < 0.6:
        return True
    if any(prose):
        text, other, share = (left, right, figures[1]) if prose[0] else (right, left, figures[0])
        return len(other) >= 4 and len(other) > 0.5 * len(text) and share < 0.5
    labels = float(np.mean(scene.label[left]))
    return not many and labels < 0.5 and figures[1] < 0.4 and len(few) >= 3
