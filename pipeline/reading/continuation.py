"""Tables that go on over a page break, as one table."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pipeline.reading.passages import Passage
from schemas.documents import Cell, Table

LEFT, RIGHT = 0.03, 0.1
"""Shares of the page's width by which the edges of the parts may differ: words end where they end."""


def joined(found: Iterable[Passage]) -> Iterator[Passage]:
    """The passages, which hold no running headers and footers; a table has the rows of its parts on the pages behind.

    A part stands first on the page that follows, has as many columns between the same edges, and the same names of
    columns, which are left out, or none.
    """
    before: Passage | None = None
    run: _Run | None = None
    page: int | None = None
    for passage in found:
        follows = page is not None and passage.page == page + 1
        page = passage.page
        if run is not None and follows and passage.table is not None and run.take(passage.table):
            continue
        if before is not None:
            yield _whole(before, run)
        before, run = passage, None if passage.table is None else _Run(passage.table)
    if before is not None:
        yield _whole(before, run)


def _whole(passage: Passage, run: "_Run | None") -> Passage:
    return passage if run is None or not run.cells else replace(passage, table=run.table())


class _Run:
    """A table, and the rows of those that go on with it. A ledger has thousands of pages: each is looked at once."""

    def __init__(self, first: Table) -> None:
        self._first = first
        self._names: list[list[str]] | None = None
        self._rows = first.rows
        self.cells: list[Cell] = []
        """Those of the parts."""

    def take(self, part: Table) -> bool:
        """Go on with this part, if it is one."""
        if self._first.columns != part.columns or not _aligned(self._first, part):
            return False
        names = self._repeated(part)
        if names < part.header_rows:
            return False
        down = self._rows - names
        self.cells += [cell.model_copy(update={"row": cell.row + down}) for cell in part.cells if cell.row >= names]
        self._rows += part.rows - names
        return True

    def table(self) -> Table:
        """All of it."""
        return self._first.model_copy(update={"rows": self._rows, "cells": [*self._first.cells, *self.cells]})

    def _repeated(self, part: Table) -> int:
        """How many rows the part begins with that name the columns of the first."""
        if self._names is None:
            self._names = self._first.grid()[: self._first.header_rows]
        return len(self._names) if self._names and part.grid()[: len(self._names)] == self._names else 0


def _aligned(first: Table, second: Table) -> bool:
    if first.box is None or second.box is None:
        return first.box is second.box
    return abs(first.box[0] - second.box[0]) <= LEFT and abs(first.box[2] - second.box[2]) <= RIGHT
