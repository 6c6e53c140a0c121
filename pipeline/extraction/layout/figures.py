"""Figures in rows: the words that stand in columns of numbers."""

import re

from pipeline.extraction.layout.runs import Row

SAME_EDGE = 0.8
"""Figures whose right edges differ by less stand in one column, in heights of a line."""
_FIGURE = re.compile(r"[-−+(]?[^\w\s]?(?:[A-Z]{2,3})?[$€£]?-?\d[\d.,'’]*\)?-?%?[^\w\s]?")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_DATE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{2,4}")


def right_edges(row: Row, *, alone: bool = False) -> list[float]:
    """Right edges of the words that are figures or dates, from left to right; `alone` leaves out those in texts."""
    edges = []
    for run in row.runs:
        if alone and len(_WORDS.findall(run.text)) > 1:
            continue
        ends = [*run.offsets[1:], len(run.text) + 1]
        for box, start, end in zip(run.boxes, run.offsets, ends, strict=True):
            word = run.text[start : end - 1]
            if _FIGURE.fullmatch(word) or _DATE.fullmatch(word):
                edges.append(box[2])
    return edges


class FigureColumns:
    """The right edges that figures of most rows share, learned row by row."""

    def __init__(self) -> None:
        self._columns: list[tuple[float, int]] = []
        self._rows = 0

    def learn(self, row: Row) -> None:
        """Take the figures of a row into account."""
        edges = right_edges(row, alone=True)
        self._rows += bool(edges)
        for edge in edges:
            near = next((i for i, (x, _) in enumerate(self._columns) if abs(x - edge) < SAME_EDGE * row.height), None)
            if near is None:
                self._columns.append((edge, 1))
            else:
                self._columns[near] = (self._columns[near][0], self._columns[near][1] + 1)

    @property
    def edges(self) -> list[float]:
        """The edges that more than half of the rows have."""
        return [edge for edge, count in self._columns if count > self._rows / 2]

    def filled_by(self, row: Row) -> bool:
        """Whether a row has a figure in every such column."""
        own = right_edges(row, alone=True)
        return all(any(abs(edge - other) < SAME_EDGE * row.height for other in own) for edge in self.edges)
