"""Documents without pages as parts of bounded size, cut between blocks, rows or segments."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.prompting.parts import TextPart
from pipeline.prompting.rows import header_and_body, lines_of, row_text
from pipeline.reading.passages import Passage, SpeechPassage, TextPassage, passages
from pipeline.reading.sentences import sentences
from schemas.documents import Document, Sheet, SheetCell

_SPACES = re.compile(r"[ \t]+")
PATH_BYTES = 300


@dataclass(frozen=True, slots=True)
class Unit:
    """What is not cut: a paragraph, a row, something said."""

    text: str
    head: str = ""
    """Said above it where it begins a part: the headings above it, the names of its columns."""
    row: bool = False
    joint: str = "\n\n"
    """Between it and the unit before it."""


def stretch_parts(document: Document, most_bytes: int) -> Iterator[TextPart]:
    """Parts of a document without pages, each of at most about so many bytes of text."""
    units = (piece for unit in _units(document) for piece in _cut(unit, most_bytes))
    for number, group in enumerate(_grouped(units, most_bytes), 1):
        rows = sum(unit.row for unit in group)
        text = group[0].head + "".join([group[0].text, *(unit.joint + unit.text for unit in group[1:])])
        yield TextPart(number=number, text=text, kind="part", words=len(text.split()), tables=int(rows > 0), rows=rows)


def _grouped(units: Iterable[Unit], most: int) -> Iterator[list[Unit]]:
    group: list[Unit] = []
    size = 0
    for unit in units:
        added = _size(unit.joint) + _size(unit.text)
        if group and size + added > most:
            yield group
            group = []
        if not group:
            size = _size(unit.head)
        group.append(unit)
        size += added
    if group:
        yield group


def _cut(unit: Unit, most: int) -> Iterator[Unit]:
    """A unit that is too long, in pieces: by its sentences, and where they are too long too, by its words."""
    room = max(1, most - _size(unit.head))
    if _size(unit.text) <= room:
        yield unit
        return
    for text in _fitted(_phrases(unit.text, room), room):
        yield replace(unit, text=text)
        unit = replace(unit, joint="\n")


def _phrases(text: str, room: int) -> Iterator[str]:
    for start, end in sentences(text):
        sentence = text[start:end]
        if _size(sentence) <= room:
            yield sentence
        else:
            step = max(1, room // 4)  # no character has more bytes in UTF-8
            yield from (sentence[at : at + step] for at in range(0, len(sentence), step))


def _fitted(phrases: Iterable[str], room: int) -> Iterator[str]:
    text = ""
    for phrase in phrases:
        joined = f"{text} {phrase}" if text else phrase
        if text and _size(joined) > room:
            yield text
            joined = phrase
        text = joined
    if text:
        yield text


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _units(document: Document) -> Iterator[Unit]:
    if document.shape == "sheets":
        for sheet in document.sheets:
            yield from _sheet_units(sheet)
        return
    for passage in passages(document):
        yield from _passage_units(passage)


def _passage_units(passage: Passage) -> Iterator[Unit]:
    path = _path(passage.section) if isinstance(passage, TextPassage) else ""
    if passage.table is not None:
        yield from _table_units(passage, path)
    elif isinstance(passage, SpeechPassage):
        who = f"{passage.segment.speaker}: " if passage.segment.speaker else ""
        yield Unit(f"[{_clock(passage.segment.start)}] {who}{passage.text}", joint="\n")
    elif passage.kind == "heading":
        yield Unit(f"{'#' * min(6, passage.level or 1)} {' '.join(passage.text.split())}", path)
    elif passage.kind == "list_item":
        yield Unit(f"- {' '.join(passage.text.split())}", path, joint="\n")
    else:
        yield Unit(passage.text if passage.kind == "code" else _SPACES.sub(" ", passage.text), path)


def _table_units(passage: Passage, path: str) -> Iterator[Unit]:
    assert passage.table is not None
    heads, body = header_and_body(passage.table)
    names = lines_of(heads)
    if not body:
        yield Unit(names, path)
        return
    yield Unit(lines_of([names, body[0]]), path, row=True)
    repeated = path + (f"{names}\n" if names else "")
    yield from (Unit(row, repeated, row=True, joint="\n") for row in body[1:])


def _sheet_units(sheet: Sheet) -> Iterator[Unit]:
    rows: dict[int, list[SheetCell]] = {}
    for cell in sheet.cells:
        if cell.text.strip():
            rows.setdefault(cell.row, []).append(cell)
    columns = sorted({cell.column for cells in rows.values() for cell in cells})
    title = f"# {' '.join(sheet.name.split())}\n"
    texts = [row_text(columns, {cell.column: cell.text for cell in rows[row]}) for row in sorted(rows)]
    named = bool(rows) and _are_names(rows[min(rows)])
    repeated = title + (f"{texts[0]}\n" if named else "")
    for at, text in enumerate(texts):
        first = at == 0
        yield Unit(
            title + text if first else text,
            "" if first else repeated,
            row=not (first and named),
            joint="\n\n" if first else "\n",
        )


def _are_names(cells: Sequence[SheetCell]) -> bool:
    return len(cells) > 1 and not any(char.isdigit() for cell in cells for char in cell.text)


def _path(section: Sequence[str]) -> str:
    text = " > ".join(" ".join(title.split()) for title in section)
    return f"(under: {text[:PATH_BYTES]})\n\n" if text else ""


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
