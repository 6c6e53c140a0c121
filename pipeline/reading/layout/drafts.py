"""Drafts of blocks: ranges of words whose kinds are settled once the whole document has been seen."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.reading.layout.lines import Lines
from pipeline.reading.layout.marks import Bools, Marks
from pipeline.reading.layout.paragraphs import Rows
from pipeline.reading.layout.scene import Row
from pipeline.reading.tables.grid import Grid

_MARKER = re.compile(r"[•‣◦▪▫●○■□–—*·➢➤✓-]|\(?(\d{1,3}|[a-zA-Z]|[ivxIVX]{2,5})[.)]|\(\w{1,4}\)")
_ENDS = tuple(".:!?;")


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A block whose kind is settled once the whole document has been seen."""

    start: int
    stop: int
    rows: int
    size: float
    bold: bool
    single: bool
    """Whether every row is one segment, as in running text."""
    marker: bool = False
    grid: Grid | None = None
    aside: bool = False
    """Whether it runs up or down a side margin."""


def measured(marks: Marks, lines: Lines, rows: Sequence[Row]) -> Rows:
    """Rows of segments as paragraphs are cut from them."""
    first = [int(lines.start[row[0]]) for row in rows]
    last = [int(lines.stop[row[-1]]) for row in rows]
    return Rows(
        x0=np.array([lines.x0[row].min() for row in rows]),
        y0=np.array([lines.y0[row].min() for row in rows]),
        x1=np.array([lines.x1[row].max() for row in rows]),
        y1=np.array([lines.y1[row].max() for row in rows]),
        height=np.array([lines.height[row].mean() for row in rows]),
        size=np.array([lines.size[row].mean() for row in rows]),
        bold=np.array([lines.bold[row].all() for row in rows]),
        single=np.array([len(row) == 1 for row in rows]),
        marker=markers(marks, first),
        ends=ends(marks, last),
    )


def markers(marks: Marks, first: Sequence[int]) -> Bools:
    """Whether the words are bullets or numbers of a list."""
    return np.array([_MARKER.fullmatch(marks.text[word]) is not None for word in first])


def ends(marks: Marks, stops: Sequence[int]) -> Bools:
    """Whether the words before end a sentence."""
    return np.array([marks.text[stop - 1].endswith(_ENDS) for stop in stops])


def make_drafts(rows: Rows, first: Sequence[int], starts: Sequence[int], stops: Sequence[int]) -> list[Draft]:
    """Blocks that begin at the rows `first` and hold the words `starts` to `stops`."""
    counts = np.array([*first[1:], len(rows.size)]) - first
    columns = (
        starts,
        stops,
        counts.tolist(),
        (np.add.reduceat(rows.size, first) / counts).tolist(),
        np.logical_and.reduceat(rows.bold, first).tolist(),
        np.logical_and.reduceat(rows.single, first).tolist(),
        rows.marker[first].tolist(),
    )
    return [
        Draft(start=start, stop=stop, rows=count, size=size, bold=bold, single=single, marker=marker)
        for start, stop, count, size, bold, single, marker in zip(*columns, strict=True)
    ]
