"""Runs, rows and the layout they make up.

Boxes are in units of the page (points or pixels; made up for documents without pages), origin top left, so that
distances across and down can be compared. Evidence is given in the units of `schemas.evidence`.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from schemas.evidence import Box, Evidence

MAX_RUN = 1_000
"""Characters of one run; what reads runs may take time that grows with the square of their length."""
MAX_RUNS = 300
"""Runs of one row."""

Places = Callable[[int, int], list[Evidence]]
"""The evidence for characters `start` to `end` of a run."""


def enclose(boxes: Sequence[Box]) -> Box:
    """The smallest box around all of them."""
    return (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))


@dataclass(eq=False)
class Run:
    """Words on one line without a wide gap between them."""

    text: str
    offsets: Sequence[int]
    """Where each word begins in the text."""
    boxes: Sequence[Box]
    """One for each word."""
    places: Places
    page: int
    """Number of the page, counted from 1; for other documents of the part that has a geometry of its own."""
    confidence: float = 1.0
    """Of the recognition of its words."""
    heading: bool = False
    """Whether the reader took it for a heading."""
    row: int = 0
    """Index of its row in the layout."""

    @cached_property
    def box(self) -> Box:
        """Around all words."""
        return enclose(self.boxes)

    @property
    def height(self) -> float:
        """From the top of its words to their bottom."""
        return self.box[3] - self.box[1]

    def box_of(self, start: int, end: int) -> Box:
        """Around the words that the characters `start` to `end` touch."""
        first = max(0, bisect_right(self.offsets, start) - 1)
        last = max(first + 1, bisect_right(self.offsets, max(start, end - 1)))
        return enclose(self.boxes[first:last])

    def evidence(self, start: int = 0, end: int | None = None) -> list[Evidence]:
        """Where the characters `start` to `end` were read."""
        return self.places(start, len(self.text) if end is None else end)


def join_runs(runs: Sequence[Run]) -> Run:
    """Runs of one row as one, with a space between them."""
    first = runs[0]
    if len(runs) == 1:
        return first
    starts = [0]
    for run in runs:
        starts.append(starts[-1] + len(run.text) + 1)

    def places(start: int, end: int) -> list[Evidence]:
        parts = [(run, max(0, start - at), min(len(run.text), end - at)) for run, at in zip(runs, starts, strict=False)]
        return [place for run, begin, stop in parts if begin < stop for place in run.places(begin, stop)]

    return Run(
        " ".join(run.text for run in runs),
        [at + offset for run, at in zip(runs, starts, strict=False) for offset in run.offsets],
        [box for run in runs for box in run.boxes],
        places,
        first.page,
        min(run.confidence for run in runs),
        first.heading,
        first.row,
    )


@dataclass(eq=False)
class Row:
    """Runs beside one another, from left to right."""

    runs: list[Run]
    index: int = 0

    @cached_property
    def box(self) -> Box:
        """Around all runs."""
        return enclose([run.box for run in self.runs])

    @property
    def page(self) -> int:
        """The page of its runs."""
        return self.runs[0].page

    @cached_property
    def text(self) -> str:
        """The runs with three spaces between them."""
        return "   ".join(run.text for run in self.runs)

    @cached_property
    def height(self) -> float:
        """Of a typical run."""
        heights = sorted(run.height for run in self.runs)
        return heights[len(heights) // 2]


@dataclass(eq=False)
class Layout:
    """All rows of a document, page by page, from top to bottom."""

    rows: list[Row]
    page_sizes: dict[int, tuple[float, float]]
    """Width and height by page; empty for documents without pages."""

    def __post_init__(self) -> None:
        for index, row in enumerate(self.rows):
            row.index = index
            for run in row.runs:
                run.row = index

    @cached_property
    def text(self) -> str:
        """One line a row."""
        return "\n".join(row.text for row in self.rows)

    @cached_property
    def pages(self) -> dict[int, tuple[int, int]]:
        """First and last row (half open) by page."""
        spans: dict[int, tuple[int, int]] = {}
        for row in self.rows:
            first, _ = spans.get(row.page, (row.index, 0))
            spans[row.page] = (first, row.index + 1)
        return spans

    def below(self, row: int, count: int) -> list[Row]:
        """Up to `count` rows under a row on the same page."""
        _, last = self.pages[self.rows[row].page]
        return self.rows[row + 1 : min(last, row + 1 + count)]

    def above(self, row: int, count: int) -> list[Row]:
        """Up to `count` rows over a row on the same page, the nearest first."""
        first, _ = self.pages[self.rows[row].page]
        return self.rows[max(first, row - count) : row][::-1]

    def right_of(self, run: Run) -> list[Run]:
        """The runs that follow in the same row."""
        runs = self.rows[run.row].runs
        return runs[runs.index(run) + 1 :]
