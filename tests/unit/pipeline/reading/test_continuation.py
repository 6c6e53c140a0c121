"""Tables over page breaks, as one."""

from collections import Counter
from collections.abc import Sequence

import pytest

from pipeline.reading.continuation import joined, named
from pipeline.reading.passages import PagePassage, Passage
from schemas.documents import Cell, Table

NAMES = ("Article", "Price")
BOX = (0.1, 0.2, 0.8, 0.9)


def table(
    page: int, *rows: Sequence[str], header: int = 0, box: tuple[float, float, float, float] = BOX
) -> PagePassage:
    cells = [Cell(row=r, column=c, text=text) for r, row in enumerate(rows) for c, text in enumerate(row)]
    made = Table(rows=len(rows), columns=len(rows[0]), cells=cells, header_rows=header, box=box)
    return PagePassage(text="rows", kind="table", page=page, table=made, offsets=[], boxes=[], lines=[])


def grids(*found: Passage) -> list[list[list[str]]]:
    return [each.table.grid() for each in joined(found) if each.table]


FIRST = table(1, NAMES, ("a", "1"), header=1)


def test_rows_without_names_go_on_under_those_of_the_page_before() -> None:
    assert grids(FIRST, table(2, ("b", "2")), table(3, ("c", "3"))) == [
        [["Article", "Price"], ["a", "1"], ["b", "2"], ["c", "3"]]
    ]


def test_names_that_are_repeated_are_no_rows_whether_they_were_taken_for_names_or_not() -> None:
    for header in (0, 1):
        again = table(2, NAMES, ("b", "2"), header=header)
        assert grids(FIRST, again) == [[["Article", "Price"], ["a", "1"], ["b", "2"]]]


def test_the_names_of_a_long_table_are_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = Counter[int]()
    grid = Table.grid
    monkeypatch.setattr(Table, "grid", lambda self: looked.update([self.rows]) or grid(self))
    (whole,) = joined([FIRST, *(table(page, NAMES, (str(page), "2")) for page in range(2, 102))])
    assert whole.table is not None
    assert whole.table.rows == 102
    assert looked == {2: 101}, "the first and each part, and never what they have become together"


def test_other_names_begin_another_table() -> None:
    assert len(grids(FIRST, table(2, ("Article", "Weight"), ("b", "2"), header=1))) == 2


def test_what_lies_otherwise_is_another_table() -> None:
    assert len(grids(FIRST, table(2, ("b", "2", "x")))) == 2, "another number of columns"
    assert len(grids(FIRST, table(2, ("b", "2"), box=(0.3, 0.2, 0.8, 0.9)))) == 2, "elsewhere on the page"
    assert len(grids(FIRST, table(1, ("b", "2")))) == 2, "on the same page"
    assert len(grids(FIRST, table(3, ("b", "2")))) == 2, "a page lies between"


def test_text_between_ends_a_table() -> None:
    text = PagePassage(text="Terms", kind="paragraph", page=2, offsets=[], boxes=[], lines=[])
    assert [each.text for each in joined([FIRST, text, table(2, ("b", "2"))])] == ["rows", "Terms", "rows"]


def test_each_part_is_given_with_where_its_columns_are_named() -> None:
    bare, again, other = table(2, ("b", "2")), table(3, NAMES, ("c", "3")), table(5, ("d", "4"))
    found = list(named([FIRST, bare, again, other]))
    assert [passage.page for passage, _ in found] == [1, 2, 3, 5]
    assert [naming.page for _, naming in found] == [1, 1, 3, 5]
    (_, repeated) = found[2]
    assert repeated.table is not None
    assert repeated.table.header_rows == 1, "though it was not taken for names"
