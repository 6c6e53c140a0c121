"""Tables that go on over a page break, as one table."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pipeline.reading.passages import Passage
from schemas.documents import Table

LEFT, RIGHT = 0.03, 0.1
"""Shares of the page's width by which the edges of the parts may differ: words end where they end."""


def joined(found: Iterable[Passage]) -> Iterator[Passage]:
    """The passages, which hold no running headers and footers; a table has the rows of its parts on the pages behind.

    A part stands first on the page that follows, has as many columns between the same edges, and the same names of
    columns, which are left out, or none.
    """
    before: Passage | None = None
    whole: _Run | None = None
    for passage, run, names in _runs(found):
        if names is not None:
            continue
        if before is not None:
            yield _whole(before, whole)
        before, whole = passage, run
    if before is not None:
        yield _whole(before, whole)


def named(found: Iterable[Passage]) -> Iterator[tuple[Passage, Passage]]:
    """Each of the passages with the one whose header rows name its columns: itself, or where the table began.

    Names that a part repeats are its header rows, whether or not they were taken for that.
    """
    first: Passage | None = None
    for passage, _, names in _runs(found):
        if names is None or first is None:
            first = passage
        if names == 0:
            yield passage, first
        else:
            own = passage if names is None else _with_names(passage, names)
            yield own, own


def _with_names(passage: Passage, rows: int) -> Passage:
    if passage.table is None or passage.table.header_rows == rows:
        return passage
    return replace(passage, table=passage.table.model_copy(update={"header_rows": rows}))


def _runs(found: Iterable[Passage]) -> Iterator[tuple[Passage, "_Run | None", int | None]]:
    """Each passage with the table that it is of, and where it goes on with that: how many rows of names it repeats."""
    run: _Run | None = None
    page: int | None = None
    for passage in found:
        follows = page is not None and passage.page == page + 1
        page = passage.page
        names = run.take(passage.table) if run is not None and follows and passage.table is not None else None
        if names is None:
            run = None if passage.table is None else _Run(passage.table)
        yield passage, run, names


def _whole(passage: Passage, run: "_Run | None") -> Passage:
    return passage if run is None or not run.parts else replace(passage, table=run.table())


class _Run:
    """A table, and those that go on with it. A ledger has thousands of pages: each is looked at once."""

    def __init__(self, first: Table) -> None:
        self._first = first
        self._names: list[list[str]] | None = None
        self.parts: list[tuple[Table, int]] = []
        """Each with the number of its rows that repeat the names of columns."""

    def take(self, part: Table) -> int | None:
        """Go on with this part, if it is one: how many rows of names it repeats."""
        if self._first.columns != part.columns or not _aligned(self._first, part):
            return None
        names = self._repeated(part)
        if names < part.header_rows:
            return None
        self.parts.append((part, names))
        return names

    def table(self) -> Table:
        """All of it."""
        rows, cells = self._first.rows, [*self._first.cells]
        for part, names in self.parts:
            down = rows - names
            cells += [cell.model_copy(update={"row": cell.row + down}) for cell in part.cells if cell.row >= names]
            rows += part.rows - names
        return self._first.model_copy(update={"rows": rows, "cells": cells})

    def _repeated(self, part: Table) -> int:
        """How many rows the part begins with that name the columns of the first."""
        if self._names is None:
            self._names = self._first.grid()[: self._first.header_rows]
        return len(self._names) if self._names and part.grid()[: len(self._names)] == self._names else 0


def _aligned(first: Table, second: Table) -> bool:
    if first.box is None or second.box is None:
        return first.box is second.box
    return abs(first.box[0] - second.box[0]) <= LEFT and abs(first.box[2] - second.box[2]) <= RIGHT
