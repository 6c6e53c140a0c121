"""The office files and the PDF of `folder/`; its text files are written by hand."""

import re
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from openpyxl import Workbook

from examples.making.paper import Paper, wrap

_MADE_AT = "2026-03-01T12:00:00Z"

PRICES = [
    ("Ticket", "Route", "Adult EUR", "Child EUR", "Valid"),
    ("Single", "Port Elmsford to Gull Island", 9.5, 4.75, "day of travel"),
    ("Return", "Port Elmsford to Gull Island", 16, 8, "14 days"),
    ("Single", "Port Elmsford to Northhaven", 12, 6, "day of travel"),
    ("Return", "Port Elmsford to Northhaven", 21, 10.5, "14 days"),
    ("Ten-trip card", "all routes", 78, 39, "12 months"),
    ("Yearly pass", "all routes", 495, 247.5, "12 months"),
    ("Bicycle", "all routes", 3, 3, "single crossing"),
]
_STYLES = {"# ": "Title", "## ": "Heading 1", "- ": "List Bullet"}


def price_list() -> bytes:
    """The XLSX."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Prices 2026"
    for row in PRICES:
        sheet.append(row)
    for row in sheet.iter_rows(min_row=2, min_col=3, max_col=4):
        for cell in row:
            cell.number_format = "0.00"
    out = BytesIO()
    book.save(out)
    return _repacked(out.getvalue())


def board_minutes() -> bytes:
    """The DOCX."""
    document = Document()
    for paragraph in _paragraphs("board_minutes.txt"):
        mark = next((mark for mark in _STYLES if paragraph.startswith(mark)), "")
        document.add_paragraph(paragraph.removeprefix(mark), style=_STYLES.get(mark))
    out = BytesIO()
    document.save(out)
    return _repacked(out.getvalue())


def pier_guide() -> bytes:
    """The PDF: a title and the first harbour on one page, the other harbours on the next."""
    paper = Paper("Pier guide")
    paper.new_page()
    paper.text(70, 80, "Pier guide of Brightwater Ferries", size=20, font="hebo")
    y = 100.0
    for paragraph in _paragraphs("pier_guide.txt"):
        if paragraph == "# Gull Island":
            paper.new_page()
            y = 50
        y = _guide_paragraph(paper, paragraph, y)
    return paper.pdf()


def _guide_paragraph(paper: Paper, paragraph: str, y: float) -> float:
    """Draw it below `y`; the new lower end."""
    if paragraph.startswith("# "):
        paper.text(70, y + 34, paragraph[2:], size=15, font="hebo")
        return y + 46
    for line in wrap(paragraph, 450, size=11):
        y += 16
        paper.text(70, y, line, size=11)
    return y + 10


def _paragraphs(name: str) -> list[str]:
    return Path(__file__).with_name(name).read_text(encoding="utf-8").strip().split("\n\n")


def _repacked(archive: bytes) -> bytes:
    """The same members with a fixed date, so that the same content gives the same bytes."""
    out = BytesIO()
    with ZipFile(BytesIO(archive)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", _MADE_AT.encode(), content)
            new.writestr(ZipInfo(name, (2026, 3, 1, 12, 0, 0)), content, ZIP_DEFLATED)
    return out.getvalue()
