"""A ledger as a PDF: headings on every page, wrapped cells, subtotals, rows that a page break cuts in two."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pymupdf

from bench.long_tables.ledger import HOLDER, NUMBER, SUBTOTAL_EVERY, Posting

WIDTH, HEIGHT = pymupdf.paper_size("a4")
TOP, BOTTOM, LEFT, RIGHT = 120.0, 770.0, 50.0, 545.0
LINE = 11.0
SIZE = 8.0
WRAP = 44
"""Characters of a description on one line."""
COLUMNS = {"Date": 50.0, "Reference": 110.0, "Description": 185.0, "Quantity": 440.0, "Amount": 545.0}
NUMERIC = {"Quantity", "Amount"}
_FONT = pymupdf.Font("helv")

Line = dict[str, str]
"""Texts of one printed line by column."""


@dataclass(frozen=True, kw_only=True)
class Printed:
    """Where the rows came to lie."""

    lines: list[list[tuple[int, str]]]
    """Of each row the lines of its description: the page (from 1) and the text."""
    count: int
    """Of pages."""


def write_ledger(path: Path, ledger: Sequence[Posting], *, ruled: bool) -> Printed:
    """Print a ledger; `ruled` draws a line under every row."""
    with pymupdf.open() as document:
        sheet = _Sheet(document, ruled=ruled)
        printed = []
        subtotal = Decimal(0)
        for number, posting in enumerate(ledger, start=1):
            lines = list(_lines(posting))
            pages = sheet.print_row(lines)
            printed.append([(page, line["Description"]) for page, line in zip(pages, lines, strict=True)])
            subtotal += posting.amount
            if number % SUBTOTAL_EVERY == 0 and number < len(ledger):
                sheet.print_row([{"Description": "Subtotal", "Amount": money(subtotal)}])
        sheet.print_row([{"Description": "Total", "Amount": money(sum((p.amount for p in ledger), Decimal(0)))}])
        sheet.end()
        document.save(path, garbage=1, deflate=True)
        return Printed(lines=printed, count=document.page_count)


class _Sheet:
    """Pages that are begun when the one before is full."""

    def __init__(self, document: pymupdf.Document, *, ruled: bool) -> None:
        self._document = document
        self._ruled = ruled
        self._new_page()

    def _begin(self) -> None:
        self.end()
        self._new_page()

    def end(self) -> None:
        """Put what was printed on its page: in one go, since each piece by itself costs a look at the whole page."""
        self._writer.write_text(self._page)
        self._rules.finish(width=0.4)
        self._rules.commit()

    def _new_page(self) -> None:
        number = self._document.page_count + 1
        self._page = self._document.new_page(width=WIDTH, height=HEIGHT)
        self._writer = pymupdf.TextWriter(self._page.rect)
        self._rules = self._page.new_shape()
        self._text(LEFT, 40.0, "Purchase ledger", size=11.0)
        if number == 1:
            self._text(LEFT, 64.0, f"Ledger number: {NUMBER}")
            self._text(LEFT, 78.0, f"Account holder: {HOLDER}")
        self._text(LEFT, 810.0, f"Page {number}")
        for name, x in COLUMNS.items():
            self._cell(name, x, TOP - 6.0, name)
        self._rules.draw_line((LEFT, TOP - 2.0), (RIGHT, TOP - 2.0))
        self._y = TOP + LINE

    def print_row(self, lines: Sequence[Line]) -> list[int]:
        """The lines of one row behind one another, and the page of each; a page break may stand between them."""
        pages = []
        for line in lines:
            if self._y > BOTTOM:
                self._begin()
            pages.append(self._document.page_count)
            for name, text in line.items():
                self._cell(name, COLUMNS[name], self._y, text)
            self._y += LINE
        if self._ruled:
            self._rules.draw_line((LEFT, self._y - 8.0), (RIGHT, self._y - 8.0))
        self._y += 2.0
        return pages

    def _cell(self, column: str, x: float, y: float, text: str) -> None:
        width = _FONT.text_length(text, fontsize=SIZE) if column in NUMERIC else 0.0
        self._text(x - width, y, text)

    def _text(self, x: float, y: float, text: str, size: float = SIZE) -> None:
        self._writer.append((x, y), text, font=_FONT, fontsize=size)


def _lines(posting: Posting) -> Iterator[Line]:
    wrapped = list(_wrap(posting.description))
    yield {
        "Date": posting.date.strftime("%d.%m.%Y"),
        "Reference": posting.reference,
        "Description": wrapped[0],
        "Quantity": str(posting.quantity),
        "Amount": money(posting.amount),
    }
    yield from ({"Description": text} for text in wrapped[1:])


def _wrap(text: str) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > WRAP:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line


def money(amount: Decimal) -> str:
    """As printed: `1,234.50`."""
    return f"{amount:,.2f}"
