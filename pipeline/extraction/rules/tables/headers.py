"""Rows that name the columns of a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from pipeline.extraction.layout.runs import Layout, Row, Run, enclose
from pipeline.extraction.rules.labels import LabelBook, Occurrence
from pipeline.extraction.rules.tokens import keys
from schemas.evidence import Box

COVERED = 0.5
"""Least share of a heading row's letters that labels of columns explain."""
NEAR = 1.3
"""Gap up to which rows over and under the heading may be parts of it, in heights of a line."""
MAX_LINES = 4
MAX_CELLS = 24
MAX_LENGTH = 300
MAX_DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column as its heading shows it; `owners` are those whose labels the heading may be, the likeliest first."""

    owners: tuple[str, ...]
    box: Box
    text: str


@dataclass(frozen=True, kw_only=True)
class Header:
    """The heading of a table: the rows `first` to `last` (half open), columns from left to right."""

    first: int
    last: int
    page: int
    columns: tuple[Column, ...]

    @property
    def owners(self) -> set[str]:
        """All owners of its columns."""
        return {owner for column in self.columns for owner in column.owners[:1]}


def find_headers(layout: Layout, book: LabelBook, wanted: Mapping[str, int], *, least: int = 2) -> list[Header]:
    """The headings with at least `least` columns that are wanted.

    Args:
        layout: the document.
        book: labels of columns.
        wanted: owners that are asked for, with their rank: of several for one column the lowest is taken first.
        least: how many of them a heading must name.
    """
    headers: list[Header] = []
    for row in layout.rows:
        if (headers and row.index < headers[-1].last) or not _short(row):
            continue
        occurrences = [each for run in row.runs for each in book.find(run, {})]
        named = {owner for each in occurrences for owner in each.owners if owner in wanted}
        if len(occurrences) >= least and named and _is_heading(row, occurrences):
            header = _header(layout, row, book, wanted)
            if len(_distinct(header, wanted)) >= least:
                headers.append(header)
    return headers


def _short(row: Row) -> bool:
    """Whether a row could be a heading at all: few digits, and not the length of running text."""
    return len(row.text) <= MAX_LENGTH and sum(char.isdigit() for char in row.text) <= MAX_DIGITS


def _distinct(header: Header, wanted: Mapping[str, int]) -> set[str]:
    return {owner for owner in header.owners if owner in wanted}


def _is_heading(row: Row, occurrences: Sequence[Occurrence]) -> bool:
    letters = sum(char.isalpha() for run in row.runs for char in run.text)
    covered = sum(char.isalpha() for each in occurrences for char in each.run.text[each.start : each.end])
    colons = sum(each.colon for each in occurrences)
    apart = len(row.runs) > 1 or len(occurrences) > 2
    return letters > 0 and apart and covered >= COVERED * letters and colons * 2 <= len(occurrences)


def _header(layout: Layout, row: Row, book: LabelBook, wanted: Mapping[str, int]) -> Header:
    above = list(_parts(layout.above(row.index, MAX_LINES), row))
    below = list(
        takewhile(lambda other: _names_columns(other, row, book), _parts(layout.below(row.index, MAX_LINES), row))
    )
    rows = [*above[::-1], row, *below]
    cells = _cells(rows, row, book)
    columns = _resolve([cell for cell in cells if cell.text], wanted)
    return Header(first=rows[0].index, last=rows[-1].index + 1, page=row.page, columns=columns)


def _parts(neighbours: Sequence[Row], seed: Row) -> Iterator[Row]:
    """Rows right above or below that continue the heading's cells: close, without digits, within its width."""
    edge = seed
    for row in neighbours:
        gap = max(row.box[1] - edge.box[3], edge.box[1] - row.box[3])
        text = row.text
        inside = row.box[0] >= seed.box[0] - seed.height * 3 and row.box[2] <= seed.box[2] + seed.height * 3
        if gap > NEAR * seed.height or any(char.isdigit() for char in text) or not inside or ":" in text:
            return
        if len(text.split()) > 2 * len(seed.runs) + 2 or not any(char.isalpha() for char in text):
            return
        yield row
        edge = row


def _names_columns(row: Row, seed: Row, book: LabelBook) -> bool:
    """Whether a row under the heading is a part of it rather than an item: it holds labels, or completes some."""
    if any(next(book.find(run, {}), None) for run in row.runs):
        return True
    stacks = [f"{over.text} {run.text}" for run in row.runs for over in seed.runs if _shared(over.box, run.box) > 0.5]
    return any(_owners_of(text, book) for text in stacks)


def _cells(rows: Sequence[Row], seed: Row, book: LabelBook) -> list[Column]:
    """One cell for each label of the seed row, one for each other text of it; stacked texts are read together first."""
    cells: list[Column] = []
    for run in seed.runs[:MAX_CELLS]:
        occurrences = list(book.find(run, {}))
        stacked = _stack(rows, run)
        whole = _owners_of(" ".join(each.text for each in stacked), book)
        if whole and len(stacked) > 1:
            cells.append(Column(owners=whole, box=enclose([each.box for each in stacked]), text=run.text))
        elif occurrences:
            cells += [
                Column(owners=tuple(sorted(each.owners)), box=each.box, text=run.text[each.start : each.end])
                for each in occurrences
            ]
        else:
            cells.append(Column(owners=(), box=run.box, text=run.text))
    for row in rows:
        if row is not seed:
            cells += _extra_cells(row, cells, book)
    return sorted(cells, key=lambda cell: cell.box[0])


def _stack(rows: Sequence[Row], run: Run) -> list[Run]:
    """The run with those over and under it."""
    stacked = []
    for row in rows:
        over = [each for each in row.runs if each is run or _shared(each.box, run.box) > 0.5]
        stacked += over[:1]
    return stacked


def _extra_cells(row: Row, cells: Sequence[Column], book: LabelBook) -> Iterator[Column]:
    """Headings that stand higher or lower than the rest, where no column is yet."""
    for run in row.runs:
        if not any(_shared(run.box, cell.box) > 0.2 for cell in cells):
            owners = _owners_of(run.text, book)
            if owners:
                yield Column(owners=owners, box=run.box, text=run.text)


def _owners_of(text: str, book: LabelBook) -> tuple[str, ...]:
    return tuple(sorted(book.owners(keys(text))))


def _shared(first: Box, second: Box) -> float:
    """Share of the narrower box's width by which two lie over one another."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    return width / max(min(first[2] - first[0], second[2] - second[0]), 1e-6)


def _resolve(cells: Sequence[Column], wanted: Mapping[str, int]) -> tuple[Column, ...]:
    """Each owner names one column: headings with one meaning first, the rest by what is still free.

    Of two columns with the same heading the last has it: "Total" stands at the right end.
    """
    ranked = [
        Column(owners=tuple(sorted(cell.owners, key=lambda o: wanted.get(o, 99))), box=cell.box, text=cell.text)
        for cell in cells
    ]
    taken: dict[str, int] = {}
    for index in sorted(range(len(ranked)), key=lambda i: (len(ranked[i].owners) or 99, -i)):
        free = next((owner for owner in ranked[index].owners if owner not in taken), None)
        if free is not None:
            taken[free] = index
    owner_of = {index: owner for owner, index in taken.items()}
    return tuple(
        Column(owners=(owner_of[index],) if index in owner_of else (), box=cell.box, text=cell.text)
        for index, cell in enumerate(ranked)
    )
