"""The words of a table's rows, sorted into its columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.extraction.layout.runs import Row, Run
from pipeline.extraction.rules.hits import Span
from pipeline.extraction.rules.tables.headers import Column, Header
from schemas.evidence import Box

MAX_PLACES = 60
"""Places tried for one boundary."""
NEAR_WORD = 0.45
"""Gap within a text, in heights of the line."""


@dataclass
class GridRow:
    """One row: the spans of text in each column."""

    row: Row
    cells: list[list[Span]] = field(default_factory=list)

    def text(self, column: int) -> str:
        """The text of one column."""
        return " ".join(run.text[start:end] for run, start, end in self.cells[column])


def boundaries(header: Header, rows: Sequence[Row]) -> list[float]:
    """Where one column ends and the next begins.

    Between two headings the place is taken that tears apart the fewest words, leaves the fewest rows with two texts in
    one column and none in the other, and keeps texts with the heading they are flush with; then the one nearest the
    middle.
    """
    runs = [[run.box for run in row.runs] for row in rows]
    words = [box for row in rows for run in row.runs for box in run.boxes]
    found = []
    for left, right in zip(header.columns, header.columns[1:], strict=False):
        middle = (left.box[2] + right.box[0]) / 2
        low, high = min(left.box[0], middle), max(right.box[2], middle)
        near = [box for box in words if box[2] > low and box[0] < high]
        lines = [[box for box in row if low < (box[0] + box[2]) / 2 < high] for row in runs]
        places = _places(near, low, high, middle)
        found.append(
            min(places, key=lambda x: (_crossing(near, x) + _misplaced(lines, left, right, x), abs(x - middle)))
        )
    return found


def _places(near: Sequence[Box], low: float, high: float, middle: float) -> list[float]:
    edges = {x for box in near for x in (box[0] - 0.1, box[2] + 0.1) if low < x < high}
    places = sorted({middle, *edges})
    return places[:: len(places) // MAX_PLACES + 1]


def _crossing(boxes: Sequence[Box], x: float) -> int:
    return sum(box[0] < x < box[2] for box in boxes)


def _misplaced(lines: Sequence[Sequence[Box]], left: Column, right: Column, x: float) -> int:
    """Rows whose texts would all fall on one side, and texts flush with the heading on the other side."""
    cost = 0
    for line in lines:
        centres = [(box[0] + box[2]) / 2 for box in line]
        cost += len(line) > 1 and (all(centre < x for centre in centres) or all(centre > x for centre in centres))
        for box, centre in zip(line, centres, strict=True):
            tolerance = 0.4 * (box[3] - box[1])
            cost += centre < x and abs(box[0] - right.box[0]) < tolerance
            cost += centre > x and abs(box[2] - left.box[2]) < tolerance
    return cost


def sort_into(row: Row, edges: Sequence[float]) -> GridRow:
    """The words of a row by column; words of one run that fall into one column stay one span.

    A run that reaches into a column which has a text of its own is not torn apart.
    """
    torn = [_pieces(run, edges) for run in row.runs]
    owned = [{pieces[0][0]} for pieces in torn]
    cells: list[list[Span]] = [[] for _ in range(len(edges) + 1)]
    for index, (run, pieces) in enumerate(zip(row.runs, torn, strict=True)):
        others = set().union(*owned[:index], *owned[index + 1 :])
        whole = len(pieces) > 1 and any(column in others for column, _, _ in pieces[1:])
        for column, start, end in [(pieces[0][0], 0, len(run.text))] if whole else pieces:
            cells[column].append((run, start, end))
    return GridRow(row, cells)


def _pieces(run: Run, edges: Sequence[float]) -> list[tuple[int, int, int]]:
    """Column, start and end of each piece of a run. A text that only juts over an edge is not torn apart."""
    pieces: list[tuple[int, int, int]] = []
    for index, box in enumerate(run.boxes):
        centre = (box[0] + box[2]) / 2
        column = sum(edge < centre for edge in edges)
        start = run.offsets[index]
        end = run.offsets[index + 1] - 1 if index + 1 < len(run.offsets) else len(run.text)
        if pieces and (pieces[-1][0] == column or _juts_out(run, index)):
            column = pieces[-1][0]
            pieces[-1] = (column, pieces[-1][1], end)
        else:
            pieces.append((column, start, end))
    return pieces


def _juts_out(run: Run, index: int) -> bool:
    """Whether a word without digits goes on right where the word before it ends."""
    before, box = run.boxes[index - 1], run.boxes[index]
    end = run.offsets[index + 1] - 1 if index + 1 < len(run.offsets) else len(run.text)
    word = run.text[run.offsets[index] : end]
    return not any(char.isdigit() for char in word) and box[0] - before[2] < NEAR_WORD * run.height
