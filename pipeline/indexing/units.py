"""A document as units: what a chunk should hold whole, and how a unit that is too long comes apart."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.indexing.anchors import Slice, trimmed
from pipeline.reading.continuation import named
from pipeline.reading.passages import PagePassage, Passage, RowPassage, passages
from pipeline.reading.sentences import sentences
from schemas.documents import Document


@dataclass(frozen=True, slots=True)
class Unit:
    """A slice that belongs together: a heading, a paragraph, a table, or a part of one that is too long."""

    part: Slice
    header: Slice | None = None
    """The rows that name the columns; a chunk that begins with another row of the table repeats them."""

    @property
    def heading(self) -> bool:
        """Whether it is a heading."""
        return self.part.passage.kind == "heading"

    @property
    def path(self) -> tuple[str, ...]:
        """Headings above what it begins, its own text included where it is one."""
        passage = self.part.passage
        return (*passage.section, passage.text) if self.heading else passage.section


def units(document: Document) -> Iterator[Unit]:
    """All of a document. Page headers and footers come last, each text once: they repeat and interrupt.

    A table that goes on over a page break has its names of columns on each page.
    """
    running: dict[str, Passage] = {}
    names: dict[str, Slice | None] = {}
    for passage, naming in named(_body(document, running)):
        if isinstance(passage, RowPassage):
            header = names.setdefault(passage.sheet, _names(passage))
            yield from _whole(passage, header)
        else:
            yield from _whole(passage, _header(naming))
    for passage in running.values():
        yield from _whole(passage, None)


def _body(document: Document, running: dict[str, Passage]) -> Iterator[Passage]:
    """All but page headers and footers, which are put aside."""
    for passage in passages(document):
        if passage.kind in ("header", "footer"):
            running.setdefault(_without_numbers(passage.text), passage)
        else:
            yield passage


def apart(unit: Unit) -> list[Unit]:
    """The rows of a table, else the sentences; a single one where it does not come apart."""
    passage = unit.part.passage
    if passage.kind == "table":
        spans: Iterable[tuple[int, int]] = _rows(unit.part.text)
    else:
        spans = sentences(unit.part.text)
    begin = unit.part.start
    return [Unit(Slice(passage, begin + start, begin + end), unit.header) for start, end in spans]


def _whole(passage: Passage, header: Slice | None) -> Iterator[Unit]:
    part = trimmed(Slice(passage, 0, len(passage.text)))
    if part is not None:
        yield Unit(part, header)


def _without_numbers(text: str) -> str:
    """Running titles differ by their page numbers only."""
    return " ".join("".join(char for char in text if not char.isdigit()).split())


def _rows(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            yield start + len(line) - len(line.lstrip()), start + len(line.rstrip())
        start += len(line)


def _header(passage: Passage) -> Slice | None:
    if passage.table is None or not passage.table.header_rows:
        return None
    rows = passage.table.header_rows
    if isinstance(passage, PagePassage):
        # Rows without text are no lines of the passage.
        body = next((at for at, row in zip(passage.offsets, passage.lines, strict=True) if row >= rows), 0)
    else:
        body = sum(len(line) for line in passage.text.splitlines(keepends=True)[:rows])
    return trimmed(Slice(passage, 0, body))


def _names(first: RowPassage) -> Slice | None:
    """The first row of a sheet, where it reads like names of columns."""
    if len(first.cells) < 2 or any(char.isdigit() for char in first.text):
        return None
    return Slice(first, 0, len(first.text))
