"""Separated values."""

import pytest

from pipeline.errors import LimitExceeded
from pipeline.reading.text import separated
from pipeline.reading.text.separated import as_sheet, reference


@pytest.mark.parametrize("delimiter", list(separated.DELIMITERS))
def test_the_delimiter_is_found(delimiter):
    sheet = as_sheet("\n".join(delimiter.join(row) for row in ("abc", "123", "456")), "s")
    assert [cell.ref for cell in sheet.cells] == ["A1", "B1", "C1", "A2", "B2", "C2", "A3", "B3", "C3"]


def test_decimal_commas_do_not_hide_the_delimiter():
    sheet = as_sheet("name;a;b\nx;1,5;2,5\ny;3,5;4,5\n", "s")
    assert [cell.text for cell in sheet.cells if cell.row == 1] == ["x", "1,5", "2,5"]


def test_a_quoted_field_may_hold_line_ends_and_quotes():
    sheet = as_sheet('a,b\n"x\ny","say ""hi"""\n', "s")
    assert [cell.text for cell in sheet.cells] == ["a", "b", "x y", 'say "hi"']


@pytest.mark.parametrize(
    "text", ["", "one line, only", "a\nb\nc", "a,b\nc\nd\ne,f,g\nh", 'a,b\n1,2\n"' + "x" * 200_000]
)
def test_what_is_not_regular_is_no_sheet(text):
    assert as_sheet(text, "s") is None


def test_too_many_cells_are_refused(monkeypatch):
    monkeypatch.setattr(separated, "MAX_CELLS", 5)
    with pytest.raises(LimitExceeded):
        as_sheet("a,b\n" * 10, "s")


@pytest.mark.parametrize(
    ("column", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_columns_are_named_as_spreadsheets_name_them(column, letters):
    assert reference(6, column) == f"{letters}7"
