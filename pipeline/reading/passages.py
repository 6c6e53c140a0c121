"""A document as passages: texts that can say where each of their characters was read.

Summaries, chunks, answers and grounding work on passages and need not know what shape a document has.
"""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.reading.hyphens import Compounds, without_break
from schemas.documents import Block, BlockKind, Document, Page, Segment, Sheet, SheetCell, Table, TextBlock
from schemas.evidence import Box, CellEvidence, Evidence, PageEvidence, TextEvidence, TimeEvidence

CELL_SEPARATOR = " | "
PassageKind = BlockKind


def union(boxes: Sequence[Box]) -> Box:
    """The smallest box around all of them."""
    return (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))


@dataclass(frozen=True, kw_only=True)
class Passage(ABC):
    """A stretch of a document that reads as one: a paragraph, a heading, a table, a row of cells, something said."""

    text: str
    kind: PassageKind
    section: tuple[str, ...] = ()
    """Headings above it, outermost first."""
    level: int | None = None
    """1 to 6 for headings."""
    page: int | None = None
    """Number of its page, counted from 1."""
    table: Table | None = None

    @abstractmethod
    def _places(self, start: int, end: int) -> list[Evidence]: ...

    def evidence(self, start: int = 0, end: int | None = None) -> list[Evidence]:
        """Where the characters `start` to `end` (half open) of `text` were read."""
        end = len(self.text) if end is None else end
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"no characters {start} to {end} in a passage of {len(self.text)}")
        return self._places(start, end)


@dataclass(frozen=True, kw_only=True)
class PagePassage(Passage):
    """Words (or cells) of a page: the i-th begins in the text at `offsets[i]`, and has `boxes[i]` and `lines[i]`."""

    offsets: Sequence[int]
    boxes: Sequence[Box | None]
    lines: Sequence[int]

    def _places(self, start: int, end: int) -> list[Evidence]:
        first = max(0, bisect_right(self.offsets, start) - 1)
        last = bisect_right(self.offsets, end - 1)
        lines: dict[int, list[Box]] = {}
        for line, box in zip(self.lines[first:last], self.boxes[first:last], strict=True):
            if box is not None:
                lines.setdefault(line, []).append(box)
        assert self.page is not None
        boxes = [union(group) for group in lines.values()]
        return [PageEvidence(page=self.page, boxes=boxes, quote=self.text[start:end])]


@dataclass(frozen=True, kw_only=True)
class TextPassage(Passage):
    """Characters of the content text, from `offset` on."""

    offset: int

    def _places(self, start: int, end: int) -> list[Evidence]:
        place = TextEvidence(
            start=self.offset + start,
            end=self.offset + end,
            quote=self.text[start:end],
            section=" > ".join(self.section) or None,
        )
        return [place]


@dataclass(frozen=True, kw_only=True)
class RowPassage(Passage):
    """A row of a sheet: `offsets[i]` is where the text of the i-th cell begins."""

    sheet: str
    cells: Sequence[SheetCell]
    offsets: Sequence[int]

    def _places(self, start: int, end: int) -> list[Evidence]:
        first = max(0, bisect_right(self.offsets, start) - 1)
        last = bisect_right(self.offsets, end - 1)
        return [CellEvidence(sheet=self.sheet, ref=cell.ref, quote=cell.text) for cell in self.cells[first:last]]


@dataclass(frozen=True, kw_only=True)
class SpeechPassage(Passage):
    """Something said; characters are placed by their share of the segment's time."""

    segment: Segment

    def _places(self, start: int, end: int) -> list[Evidence]:
        seconds = self.segment.end - self.segment.start
        per_character = seconds / max(1, len(self.text))
        first = self.segment.start + start * per_character
        place = TimeEvidence(
            start=round(first, 3),
            end=round(min(self.segment.end, self.segment.start + end * per_character), 3),
            quote=self.text[start:end],
        )
        return [place]


def passages(document: Document) -> Iterator[Passage]:
    """All of a document in reading order; empty passages are left out."""
    if document.shape == "pages":
        yield from _from_pages(document.pages)
    elif document.shape == "text":
        yield from (_from_text(document.text, block) for block in document.blocks if block.stop > block.start)
    elif document.shape == "sheets":
        for sheet in document.sheets:
            yield from _from_sheet(sheet)
    else:
        for segment in document.segments:
            if segment.text:
                section = (segment.speaker,) if segment.speaker else ()
                yield SpeechPassage(text=segment.text, kind="paragraph", segment=segment, section=section)


def _from_pages(pages: Sequence[Page]) -> Iterator[Passage]:
    path: list[tuple[int, str]] = []
    for page in pages:
        compounds = Compounds(page.words.text)
        for block in page.blocks:
            passage = _from_block(page, block, tuple(title for _, title in path), compounds)
            if not passage.text:
                continue
            if block.kind == "heading":
                level = block.level or 1
                path = [(above, title) for above, title in path if above < level] + [(level, passage.text)]
            yield passage


def _from_block(page: Page, block: Block, section: tuple[str, ...], compounds: Compounds) -> PagePassage:
    pieces: list[str] = []
    boxes: list[Box | None] = []
    lines: list[int] = []
    separators: list[str] = []
    if block.table is not None:
        for cell in block.table.cells:
            if cell.text:
                separators.append("\n" if lines and lines[-1] != cell.row else CELL_SEPARATOR)
                pieces.append(" ".join(cell.text.split()))
                boxes.append(cell.box)
                lines.append(cell.row)
    else:
        for index in range(block.start, block.stop):
            separators.append(" ")
            if lines and lines[-1] != page.words.line[index]:
                rest = without_break(pieces[-1], page.words.text[index], compounds)
                if rest is not None:
                    pieces[-1], separators[-1] = rest, ""
            pieces.append(page.words.text[index])
            boxes.append(page.words.box(index))
            lines.append(page.words.line[index])
    text, offsets = _join(pieces, separators)
    return PagePassage(
        text=text,
        kind=block.kind,
        section=section,
        level=block.level,
        page=page.number,
        table=block.table,
        offsets=offsets,
        boxes=boxes,
        lines=lines,
    )


def _join(pieces: Sequence[str], separators: Sequence[str]) -> tuple[str, list[int]]:
    """The pieces behind one another, each but the first after its separator, and where each begins."""
    text: list[str] = []
    offsets: list[int] = []
    length = 0
    for piece, separator in zip(pieces, separators, strict=True):
        if text:
            text.append(separator)
            length += len(separator)
        offsets.append(length)
        text.append(piece)
        length += len(piece)
    return "".join(text), offsets


def _from_text(text: str, block: TextBlock) -> TextPassage:
    return TextPassage(
        text=text[block.start : block.stop],
        kind=block.kind,
        section=tuple(block.section),
        level=block.level,
        table=block.table,
        offset=block.start,
    )


def _from_sheet(sheet: Sheet) -> Iterator[RowPassage]:
    rows: dict[int, list[SheetCell]] = {}
    for cell in sheet.cells:
        if cell.text:
            rows.setdefault(cell.row, []).append(cell)
    for cells in rows.values():
        text, offsets = _join([cell.text for cell in cells], [CELL_SEPARATOR] * len(cells))
        yield RowPassage(text=text, kind="table", section=(sheet.name,), sheet=sheet.name, cells=cells, offsets=offsets)
