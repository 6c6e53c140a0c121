"""`contract.pdf`: a services agreement of ten pages, set in one column with a running head and page numbers."""

import re
from pathlib import Path

from examples.making.paper import Paper, wrap

TITLE = "Services Agreement"
PARTIES = ["Meridian Harbour Services Ltd", "Brightwater Ferries Ltd"]
PAGES = 10

_LEFT, _RIGHT, _TOP, _BOTTOM = 78.0, 517.0, 96.0, 742.0
_SIZE, _LEADING = 12.0, 19.0
_ROMAN, _BOLD, _ITALIC = "tiro", "tibo", "tiit"
_INDENT = 34.0


class _Column:
    """Lines from top to bottom, page after page."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self._y = _BOTTOM

    def room(self, lines: int) -> None:
        """Begin a page unless so many lines still fit on this one."""
        if self._y + lines * _LEADING > _BOTTOM:
            self._begin_page()

    def line(self, x: float, text: str, *, size: float = _SIZE, font: str = _ROMAN, mark: str | None = None) -> None:
        """One line; `mark` hangs to the left of it."""
        self.room(1)
        self._y += _LEADING
        if mark is not None:
            self._paper.text(_LEFT, self._y, mark, size=size, font=font)
        self._paper.text(x, self._y, text, size=size, font=font)

    def gap(self, height: float) -> None:
        self._y += height

    def _begin_page(self) -> None:
        self._paper.new_page()
        self._y = _TOP - _LEADING
        if self._paper.page_count > 1:
            head = f"{TITLE} between {PARTIES[0]} and {PARTIES[1]}"
            self._paper.text(_LEFT, 60, head, size=9, font=_ITALIC, grey=0.3)
        foot = f"Page {self._paper.page_count} of {PAGES}"
        self._paper.text(self._paper.width / 2, 790, foot, size=9, font=_ROMAN, align="center", grey=0.3)


def draw() -> bytes:
    """The PDF."""
    paper = Paper(TITLE)
    column = _Column(paper)
    text = Path(__file__).with_name("contract.txt").read_text(encoding="utf-8")
    for paragraph in text.strip().split("\n\n"):
        if paragraph.startswith("Signed for"):
            _signature(column, paragraph)
        else:
            _paragraph(column, paragraph)
    if paper.page_count != PAGES:
        raise ValueError(f"the contract has {paper.page_count} pages, but its page numbers say {PAGES}")
    return paper.pdf()


def _paragraph(column: _Column, paragraph: str) -> None:
    if paragraph.startswith("# "):
        column.room(3)
        column.line(_LEFT, paragraph[2:], size=18, font=_BOLD)
        column.gap(14)
    elif paragraph.startswith("## "):
        column.gap(8)
        column.room(12 if paragraph.startswith("## Schedule") else 3)
        column.line(_LEFT, paragraph[3:], size=13, font=_BOLD)
        column.gap(4)
    else:
        _clause(column, paragraph)
        column.gap(7)


def _clause(column: _Column, paragraph: str) -> None:
    """The clause's number hangs to the left of its text."""
    number, _, rest = paragraph.partition(" ")
    hanging = re.fullmatch(r"(?:\(\w+\)|\w+\.\d+)", number) is not None
    left = _LEFT + _INDENT if hanging else _LEFT
    lines = wrap(rest if hanging else paragraph, _RIGHT - left, size=_SIZE, font=_ROMAN)
    column.room(min(2, len(lines)))
    for index, line in enumerate(lines):
        column.line(left, line, mark=number if hanging and index == 0 else None)


def _signature(column: _Column, paragraph: str) -> None:
    column.room(4)
    column.gap(26)
    column.line(_LEFT, "." * 60)
    for line in wrap(paragraph, _RIGHT - _LEFT, size=_SIZE, font=_ROMAN):
        column.line(_LEFT, line)
