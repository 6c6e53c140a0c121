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
    page: int | None = None
    for passage in found:
        whole = _whole(before, passage) if page is not None and passage.page == page + 1 else None
        if before is not None and whole is None:
            yield before
        before = passage if before is None or whole is None else replace(before, table=whole)
        page = passage.page
    if before is not None:
        yield before


def _whole(before: Passage | None, passage: Passage) -> Table | None:
    """Both tables as one; `None` where they are no parts of one."""
    if before is None or before.table is None or passage.table is None:
        return None
    first, second = before.table, passage.table
    names = _repeated(first, second)
    if first.columns != second.columns or not _aligned(first, second) or names < second.header_rows:
        return None
    moved = [
        cell.model_copy(update={"row": cell.row + first.rows - names}) for cell in second.cells if cell.row >= names
    ]
    return first.model_copy(update={"rows": first.rows + second.rows - names, "cells": [*first.cells, *moved]})


def _repeated(first: Table, second: Table) -> int:
    """How many rows the second begins with that name the columns of the first."""
    names = first.grid()[: first.header_rows]
    return len(names) if names and second.grid()[: len(names)] == names else 0


def _aligned(first: Table, second: Table) -> bool:
    if first.box is None or second.box is None:
        return first.box is second.box
    return abs(first.box[0] - second.box[0]) <= LEFT and abs(first.box[2] - second.box[2]) <= RIGHT
