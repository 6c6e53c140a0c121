"""Comma-separated values (RFC 4180) and their kin as a sheet."""

import csv
from collections import Counter

from pipeline.errors import LimitExceeded
from schemas.documents import Sheet, SheetCell

DELIMITERS = ",;\t|"
SAMPLE_ROWS = 50
REGULAR_SHARE = 0.9
"""Of the rows that must have the most frequent number of fields."""
MAX_CELLS = 1_000_000


def as_sheet(text: str, name: str) -> Sheet | None:
    """The text as one sheet; `None` where its rows are not regular enough to be a table.

    Raises:
        LimitExceeded: there are more than a million filled cells.
    """
    lines = text.splitlines(keepends=True)
    delimiter = _delimiter(lines[:SAMPLE_ROWS])
    if delimiter is None:
        return None
    cells: list[SheetCell] = []
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=delimiter)):
            cells += [
                SheetCell(row=number, column=column, ref=reference(number, column), text=" ".join(field.split()))
                for column, field in enumerate(row)
                if field.strip()
            ]
            if len(cells) > MAX_CELLS:
                raise LimitExceeded(f"the table has more than {MAX_CELLS} filled cells", limit="sheet_cells")
    except csv.Error:
        return None
    return Sheet(name=name or "Sheet1", cells=cells)


def reference(row: int, column: int) -> str:
    """As spreadsheets name a cell: `B7` for row 6 and column 1, both counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def _delimiter(lines: list[str]) -> str | None:
    """The one that cuts the most rows into the same number of fields, two at least."""
    best: tuple[float, int, str] | None = None
    for delimiter in DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        except csv.Error:
            continue
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        share = count / sum(widths.values())
        if width >= 2 and count >= 2 and share >= REGULAR_SHARE and (best is None or (share, width) > best[:2]):
            best = (share, width, delimiter)
    return best[2] if best else None
