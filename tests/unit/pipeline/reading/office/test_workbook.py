"""Excel files."""

from datetime import date

import openpyxl
import pytest

from pipeline.errors import DamagedFile, LimitExceeded
from pipeline.reading.office import workbook
from pipeline.reading.office.workbook import read_workbook
from tests.support.blocks import codes, read
from tests.support.office import changed, saved

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def book(*rows):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    return made


def with_rows(xml, before=""):
    data = f'<worksheet xmlns="{MAIN}">{before}<sheetData>{xml}</sheetData></worksheet>'
    return changed(saved(book()), {SHEET: data.encode()})


def cells(document, sheet=0):
    return {cell.ref: cell.text for cell in document.sheets[sheet].cells}


def test_filled_cells_are_read():
    made = book(["Name", None, "Price"], [], ["Tea ", "", 3.5], [None, True, date(2024, 1, 31)])
    made.active["C3"].number_format = "0.00"
    made.active.title = "List"
    made.properties.title = "Prices"
    document = read(read_workbook, saved(made))
    assert document.shape == "sheets"
    assert cells(document) == {
        "A1": "Name",
        "C1": "Price",
        "A3": "Tea",
        "C3": "3.50",
        "B4": "TRUE",
        "C4": "2024-01-31",
    }
    assert [(cell.row, cell.column) for cell in document.sheets[0].cells][3] == (2, 2)
    assert (document.sheets[0].name, document.title) == ("List", "Prices")
    assert document.warnings == []


def test_hidden_sheets_are_read_and_said():
    made = book(["shown"])
    hidden = made.create_sheet("Secret")
    hidden.append(["x"])
    hidden.sheet_state = "veryHidden"
    made.create_sheet("Empty")
    document = read(read_workbook, saved(made))
    assert [sheet.name for sheet in document.sheets] == ["Sheet", "Secret"]
    assert codes(document) == ["hidden-sheets"]
    assert "Secret" in document.warnings[0].message


def test_formulas_give_their_stored_results():
    document = read(read_workbook, with_rows('<row r="1"><c r="A1"><f>1+2</f><v>3</v></c></row>'))
    assert cells(document) == {"A1": "3"}
    assert document.warnings == []


@pytest.mark.parametrize("formula", ["<f>1</f>", "<f>1</f><v/>", "<f>1</f><v></v>", '<f t="shared" si="0"/>'])
def test_formulas_that_were_never_calculated_are_said(formula):
    document = read(read_workbook, with_rows(f'<row r="1"><c r="A1"><v>1</v></c><c r="B1">{formula}</c></row>'))
    assert cells(document) == {"A1": "1"}
    assert codes(document) == ["formulas-without-values"]


def test_formulas_without_results_are_counted_across_chunks(monkeypatch):
    monkeypatch.setattr(workbook, "_CHUNK", 300)
    row = "".join(f'<c r="A{at}"><f>1+1</f></c>' for at in range(1, 101))
    document = read(read_workbook, with_rows(f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2">{row}</row>'))
    assert document.warnings[0].message.startswith("100 formulas")


def test_what_a_file_says_of_its_size_is_not_believed():
    xml = '<row r="1"><c r="A1"><v>1</v></c></row><row r="3"><c r="B3"><v>2</v></c></row>'
    for said in ("A1", "A1:XFD1048576"):
        document = read(read_workbook, with_rows(xml, f'<dimension ref="{said}"/>'))
        assert cells(document) == {"A1": "1", "B3": "2"}


def test_a_cell_in_the_last_corner_is_read():
    xml = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert cells(read(read_workbook, with_rows(xml))) == {"XFD1048576": "1"}


def test_cells_spread_too_far_are_refused(monkeypatch):
    with pytest.raises(LimitExceeded, match="spread too far"):
        read(read_workbook, with_rows('<row r="99999999999"><c r="A1"><v>1</v></c></row>'))
    monkeypatch.setattr(workbook, "MAX_VISITED", 100_000)
    rows = "".join(f'<row r="{at}"><c r="XFD{at}"><v>1</v></c></row>' for at in range(1, 11))
    with pytest.raises(LimitExceeded, match="spread too far"):
        read(read_workbook, with_rows(rows))


def test_too_many_cells_are_refused(monkeypatch):
    monkeypatch.setattr(workbook, "MAX_CELLS", 9)
    assert len(cells(read(read_workbook, saved(book(*[[1, 2, 3]] * 3))))) == 9
    with pytest.raises(LimitExceeded, match="filled cells"):
        read(read_workbook, saved(book(*[[1, 2, 3]] * 4)))


@pytest.mark.parametrize(
    "parts",
    [
        {"xl/workbook.xml": None},
        {"xl/workbook.xml": b"<workbook"},
        {SHEET: b"<worksheet><sheetData><row>"},
        {SHEET: lambda xml: xml.replace(b"<worksheet", b"<!DOCTYPE a><worksheet", 1)},
        {SHEET: lambda xml: xml.replace(b'r="A1"', b'r="1A"')},
        {"xl/_rels/workbook.xml.rels": None},
    ],
)
def test_a_broken_file_is_damaged(parts):
    with pytest.raises(DamagedFile):
        read(read_workbook, changed(saved(book([1, 2])), parts))
