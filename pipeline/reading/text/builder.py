"""Builds the content text of a document block by block, with the place of each block in it."""

import re

from pipeline.reading.options import Progress
from pipeline.reading.passages import CELL_SEPARATOR
from schemas.documents import BlockKind, Document, Notice, Table, TextBlock

TITLE_CHARACTERS = 200
"""Longer headings are cut where they name a section; in the text they are whole."""
LOWEST_LEVEL = 6
REPORTED_BLOCKS = 1_000

# Control characters but tab and newline, and halves of surrogate pairs, which no JSON and no UTF-8 can hold.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def cleaned(text: str) -> str:
    """The text with line feeds as the only line ends and without characters that nobody sees."""
    return _UNPRINTABLE.sub("", _LINE_ENDS.sub("\n", text))


def one_line(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(cleaned(text).split())


def table_text(table: Table) -> str:
    """A table as it stands in the content text: one line a row, empty cells and rows left out."""
    rows: dict[int, list[str]] = {}
    for cell in sorted(table.cells, key=lambda cell: (cell.row, cell.column)):
        if cell.text:
            rows.setdefault(cell.row, []).append(cell.text)
    return "\n".join(CELL_SEPARATOR.join(texts) for texts in rows.values())


class TextBuilder:
    """Appends blocks; empty ones are ignored. Blocks stand apart by an empty line, items of a list by a line end.

    `progress` is told how much of the `expected` characters has been appended.
    """

    def __init__(self, progress: Progress = lambda _: None, expected: int = 1) -> None:
        self.warnings: list[Notice] = []
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[TextBlock] = []
        self._path: list[tuple[int, str]] = []
        self._title: str | None = None
        self._progress = progress
        self._expected = max(1, expected)

    @property
    def count(self) -> int:
        """How many blocks there are so far."""
        return len(self._blocks)

    def add(self, kind: BlockKind, text: str) -> None:
        """A block as it is, but for empty lines before it and white space behind it."""
        self._append(kind, cleaned(text).strip("\n").rstrip())

    def heading(self, text: str, level: int) -> None:
        """A heading; what follows stands in its section until the next heading of its level or above."""
        title = one_line(text)
        if title:
            level = min(LOWEST_LEVEL, max(1, level))
            self._path = [(above, name) for above, name in self._path if above < level]
            self._append("heading", title, level=level)
            self._path.append((level, title[:TITLE_CHARACTERS]))
            if level == 1 and self._title is None:
                self._title = title[:TITLE_CHARACTERS]

    def table(self, table: Table) -> None:
        """A table whose cells are single lines."""
        self._append("table", table_text(table), table=table)

    def leave_sections(self) -> None:
        """What follows stands in no section."""
        self._path = []

    def _append(self, kind: BlockKind, text: str, *, level: int | None = None, table: Table | None = None) -> None:
        if not text:
            return
        if self._blocks:
            listed = kind == "list_item" and self._blocks[-1].kind == "list_item"
            separator = "\n" if listed else "\n\n"
            self._parts.append(separator)
            self._length += len(separator)
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        section = [title for _, title in self._path]
        self._blocks.append(
            TextBlock(kind=kind, start=start, stop=self._length, level=level, section=section, table=table)
        )
        if len(self._blocks) % REPORTED_BLOCKS == 0:
            self._progress(min(0.99, self._length / self._expected))

    def document(
        self, media_type: str, *, title: str | None = None, language: str | None = None, produced_by: dict[str, str]
    ) -> Document:
        """What was built; without a `title` the first heading of level 1 is it."""
        return Document(
            shape="text",
            media_type=media_type,
            title=one_line(title or "")[:TITLE_CHARACTERS] or self._title,
            language=language,
            text="".join(self._parts),
            blocks=self._blocks,
            produced_by=produced_by,
            warnings=self.warnings,
        )
