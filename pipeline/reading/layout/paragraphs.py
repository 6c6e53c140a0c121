"""Rows of a strip → paragraphs: where one ends and the next begins."""

from dataclasses import dataclass

import numpy as np

from pipeline.reading.layout.marks import Bools, Floats, median

_NEW_SIZE = 1.12
"""Type that is larger by this factor begins a new paragraph."""
_NEW_SIZE_MEASURED = 1.4
_WIDER_PITCH = 1.22
"""So does a distance between rows that is wider than the usual by this factor."""
_INDENT = 0.8
"""And a first line set in by this many heights."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """Rows of a strip from top to bottom, as columns of equal length."""

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    height: Floats
    size: Floats
    bold: Bools
    single: Bools
    """Whether it is one segment."""
    marker: Bools
    """Whether it begins with a bullet or a number of a list."""
    ends: Bools
    """Whether it ends with a full stop or the like."""


def usual_pitch(rows: Rows) -> float:
    """Distance from row to row inside paragraphs, in heights."""
    ratio = _pitch(rows)
    ratio = ratio[(ratio > 0.4) & (ratio < 2.2)]
    return median(ratio) if len(ratio) else 1.0


def _pitch(rows: Rows) -> Floats:
    middle = (rows.y0 + rows.y1) / 2
    ratio: Floats = (middle[1:] - middle[:-1]) / np.minimum(rows.height[1:], rows.height[:-1])
    return ratio


def _size_step(size: Floats) -> float:
    """The factor that tells new type: wider where sizes were measured, by OCR, and few rows agree."""
    usual = median(size)
    return _NEW_SIZE if np.mean(np.abs(size - usual) < 0.02 * usual) >= 0.4 else _NEW_SIZE_MEASURED


def begins(rows: Rows, pitch: float) -> Bools:
    """Which rows begin a paragraph, given the usual pitch of the page."""
    first = np.ones(len(rows.x0), np.bool_)
    if len(first) == 1:
        return first
    size, x0, x1 = rows.size, rows.x0, rows.x1
    larger = np.maximum(size[1:], size[:-1]) > _size_step(size) * np.minimum(size[1:], size[:-1])
    apart = _pitch(rows) > _WIDER_PITCH * pitch + 0.05
    step = x0[1:] - x0[:-1]
    indent = _INDENT * rows.height[1:]
    # A row set in begins a paragraph only where the row after it goes back: else the whole rest is set in. The lines
    # of a list item are set in behind its mark.
    set_in = (step > indent) & ~rows.marker[:-1]
    set_in[:-1] &= np.abs(x0[2:] - x0[:-2]) < 0.3 * indent[1:]
    right, left = float(x1.max()), float(x0.min())
    short = (x1[:-1] < right - 0.2 * (right - left)) & rows.ends[:-1]
    first[1:] = larger | apart | (rows.bold[1:] != rows.bold[:-1]) | rows.marker[1:] | set_in | short
    first[1:] |= (step < -indent) & ~first[:-1]
    return first
