"""Drawn paths → ruling lines: merged, level or upright, of some length."""

from dataclasses import dataclass

import numpy as np

from pipeline.reading.layout.marks import Floats

_THIN = 3.0
_SHORTEST = 10.0
_TOUCH = 4.0
_ALIKE = 1.6
_MOST = 20_000
"""More paths than this are a drawing, and not searched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """`level` has rows `y, x0, x1`; `upright` has rows `x, y0, y1`."""

    level: Floats
    upright: Floats
    drawn: "Rules | None" = None
    """Those drawn as lines, where others are but edges of frames and shadings."""


def no_rules() -> Rules:
    """None at all."""
    return Rules(level=np.empty((0, 3)), upright=np.empty((0, 3)))


def rules_among(vectors: Floats, width: float, height: float, unit: float) -> Rules:
    """The rules among boxes of paths: thin boxes, and the edges of larger ones, as frames and shadings are.

    `unit` scales the tolerances: 1 for points and text of ordinary size.
    """
    if not 0 < len(vectors) <= _MOST:
        return no_rules()
    wide = vectors[:, 2] - vectors[:, 0]
    high = vectors[:, 3] - vectors[:, 1]
    thin = _THIN * unit
    level = vectors[(high <= thin) & (wide > high)]
    upright = vectors[(wide <= thin) & (high > wide)]
    frames = vectors[(high > 2 * thin) & (wide > 2 * thin) & (wide * high < 0.9 * width * height)]
    edges_level = [(frames[:, edge], frames[:, 0], frames[:, 2]) for edge in (1, 3)]
    edges_upright = [(frames[:, edge], frames[:, 1], frames[:, 3]) for edge in (0, 2)]
    middle_y = (level[:, 1] + level[:, 3]) / 2
    middle_x = (upright[:, 0] + upright[:, 2]) / 2
    lines_level, lines_upright = (middle_y, level[:, 0], level[:, 2]), (middle_x, upright[:, 1], upright[:, 3])
    drawn = Rules(level=_merged([lines_level], unit), upright=_merged([lines_upright], unit))
    if not len(frames):
        return drawn
    return Rules(
        level=_merged([lines_level, *edges_level], unit),
        upright=_merged([lines_upright, *edges_upright], unit),
        drawn=drawn,
    )


def _merged(parts: list[tuple[Floats, Floats, Floats]], unit: float) -> Floats:
    """Pieces on one line that touch become one rule; short rules are dropped."""
    place, low, high = (np.concatenate(column) for column in zip(*parts, strict=True))
    if not len(place):
        return np.empty((0, 3))
    order = np.argsort(place, kind="stable")
    place, low, high = place[order], low[order], high[order]
    line = np.cumsum(np.append(0, np.diff(place) > _ALIKE * unit))
    order = np.lexsort((low, line))
    place, low, high, line = place[order], low[order], high[order], line[order]
    # One running maximum serves all lines when each is moved beyond the one before.
    away = line * (float(high.max() - low.min()) + 100 * _TOUCH * unit)
    reach = np.maximum.accumulate(high + away)
    starts = np.flatnonzero(np.append(True, low[1:] + away[1:] > reach[:-1] + _TOUCH * unit))
    ends = np.append(starts[1:], len(low)) - 1
    merged: Floats = np.stack(
        (np.add.reduceat(place, starts) / (ends - starts + 1), low[starts], (reach - away)[ends]), axis=1
    )
    long: Floats = merged[merged[:, 2] - merged[:, 1] >= _SHORTEST * unit]
    return long
