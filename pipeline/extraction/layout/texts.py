"""Rows of documents without pages: lines of text, rows of tables and sheets, things said.

Their geometry is made up: a line is 10 high, the next one 12 below, a character 6 wide; the cells of a table stand in
columns as wide as their longest text.
"""

import re
from collections.abc import Iterator, Sequence

from pipeline.extraction.layout.runs import MAX_RUN, MAX_RUNS, Row, Run
from pipeline.reading.passages import Passage, RowPassage, SpeechPassage
from schemas.documents import Table
from schemas.evidence import Box

CHARACTER = 6.0
HEIGHT = 10.0
PITCH = 12.0
PARAGRAPH_GAP = 8.0
WIDEST = 60
"""Characters after which a column grows no further."""

_GAP = re.compile(r"\t+| {3,}|\s\|\s|^\|\s*|\s*\|$")


class TextRows:
    """Makes rows from passages, one under the other."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._y = 0.0
        self._part = 1
        self._sheet: str | None = None
        self._sheet_columns: list[float] = []

    def add(self, passage: Passage) -> None:
        """Append the rows of a passage."""
        if isinstance(passage, RowPassage):
            self._add_sheet_row(passage)
        elif passage.table is not None:
            self._add_table(passage, passage.table)
        elif isinstance(passage, SpeechPassage):
            for start, end in _cut(passage.text, 0, len(passage.text)):
                self._add_row([_run(passage, start, end, (0.0, self._y, self._part))])
        else:
            self._add_lines(passage)

    def _add_row(self, runs: list[Run]) -> None:
        if runs:
            self.rows.append(Row(runs))
            self._y += PITCH

    def _add_lines(self, passage: Passage) -> None:
        start = 0
        for line in passage.text.split("\n"):
            spans = list(_pieces(line))[:MAX_RUNS]
            if len(line) > MAX_RUN:
                spans = []
                for first, last in _cut(passage.text, start, start + len(line)):
                    self._add_row([_run(passage, first, last, (0.0, self._y, self._part))])
            self._add_row(
                [_run(passage, start + a, start + b, (a * CHARACTER, self._y, self._part)) for a, b in spans if a < b]
            )
            start += len(line) + 1
        self._y += PARAGRAPH_GAP

    def _add_table(self, passage: Passage, table: Table) -> None:
        lefts = _column_lefts([(cell.column, cell.text) for cell in table.cells], table.columns)
        position = 0
        by_row: dict[int, list[tuple[int, int, int]]] = {}
        for cell in sorted(table.cells, key=lambda each: (each.row, each.column)):
            text = cell.text.strip()
            found = passage.text.find(text, position) if text else -1
            if found >= 0:
                position = found + len(text)
                by_row.setdefault(cell.row, []).append((cell.column, found, position))
        for row in sorted(by_row):
            self._add_row(
                [_run(passage, start, end, (lefts[column], self._y, self._part)) for column, start, end in by_row[row]]
            )
        self._y += PARAGRAPH_GAP

    def _add_sheet_row(self, passage: RowPassage) -> None:
        if passage.sheet != self._sheet:
            self._part += self._sheet is not None
            self._sheet, self._y = passage.sheet, 0.0
        self._y = passage.cells[0].row * PITCH
        ends = [offset + len(cell.text) for offset, cell in zip(passage.offsets, passage.cells, strict=True)]
        runs = [
            _run(passage, start, end, (cell.column * WIDEST * CHARACTER, self._y, self._part))
            for start, end, cell in zip(passage.offsets, ends, passage.cells, strict=True)
        ]
        self._add_row(runs)


def _pieces(line: str) -> Iterator[tuple[int, int]]:
    """The spans between tabs, bars and wide gaps, without spaces around them."""
    start = 0
    for match in [*_GAP.finditer(line), None]:
        end = match.start() if match else len(line)
        piece = line[start:end]
        if piece.strip():
            yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
        start = match.end() if match else end


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches no longer than a run may be, cut at spaces where there are some."""
    while start < end:
        stop = min(end, start + MAX_RUN)
        space = text.rfind(" ", start + 1, stop) if stop < end else -1
        stop = space if space > 0 else stop
        piece = text[start:stop]
        if piece.strip():
            yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
        start = stop


def _column_lefts(cells: Sequence[tuple[int, str]], columns: int) -> list[float]:
    widths = [4] * columns
    for column, text in cells:
        widths[column] = max(widths[column], min(WIDEST, len(text)) + 4)
    lefts, x = [], 0.0
    for width in widths:
        lefts.append(x)
        x += width * CHARACTER
    return lefts


def _run(passage: Passage, start: int, end: int, place: tuple[float, float, int]) -> Run:
    x, y, part = place
    text = passage.text[start:end]
    words = list(re.finditer(r"\S+", text))
    boxes: list[Box] = [(x + m.start() * CHARACTER, y, x + m.end() * CHARACTER, y + HEIGHT) for m in words]
    return Run(
        text,
        [match.start() for match in words],
        boxes,
        lambda first, last: passage.evidence(start + first, start + last),
        part,
        heading=passage.kind == "heading",
    )
