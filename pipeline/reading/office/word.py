"""Word files: headings, paragraphs, lists and tables in the order of the text; headers, footers and footnotes apart."""

import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, BinaryIO

from lxml import etree

from pipeline.reading.office import wordml
from pipeline.reading.office.drawings import count_charts, count_pictures, unread_pictures
from pipeline.reading.office.numbering import Numbering
from pipeline.reading.office.package import check_package, damage_is_said
from pipeline.reading.office.wordml import CELL, PARAGRAPH, ROW, TABLE, TEXT_BOX, W
from pipeline.reading.options import Progress, ReadingOptions
from pipeline.reading.text.builder import TextBuilder, one_line
from pipeline.reading.text.grid import GridBuilder, names_columns
from schemas.documents import BlockKind, Document, Notice, Table

_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
_NUMBERING = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/numbering"
_FOOTNOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
_ENDNOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/endnotes"
_BODY_TEXT = 9
"""Outline levels from here on are no headings (section 17.3.1.20)."""
_MAX_BASES = 20
"""Styles that are based on one another."""


def read_word(source: BinaryIO, options: ReadingOptions, progress: Progress) -> Document:
    """A DOCX, with all its tracked changes accepted. Text boxes follow the paragraph they are anchored in.

    Raises:
        DamagedFile, LimitExceeded, UnsupportedType: as `check_package`, or the library cannot read it.
    """
    import docx

    check_package(source, options)
    with damage_is_said("Word file", *library_errors()):
        word = docx.Document(source)
        body = word.element.body
        # Marks of formatting make up most of the XML; characters are a small part of it.
        builder = TextBuilder(progress, expected=max(1, sum(1 for _ in body.iter(f"{W}t"))) * 20)
        _Walk(word, builder).run()
        builder.warnings += _unread(body, alone=not builder.count)
        progress(1.0)
        properties = word.core_properties
        return builder.document(
            options.media_type,
            title=properties.title,
            language=_language(properties.language),
            produced_by={"python-docx": version("python-docx")},
        )


def _unread(body: Any, *, alone: bool) -> list[Notice]:  # noqa: ANN401 - lxml has no type information
    charts = count_charts(body)
    said = "1 chart was" if charts == 1 else f"{charts} charts were"
    notices = [Notice(code="charts-not-read", message=f"{said} not read")] if charts else []
    return notices + unread_pictures(count_pictures(body), alone=alone)


def library_errors() -> tuple[type[Exception], ...]:
    """Every class of its own that the library raises."""
    import docx.exceptions
    import docx.opc.exceptions

    return (docx.exceptions.PythonDocxError, docx.opc.exceptions.OpcError)


def _language(tag: str | None) -> str | None:
    primary = (tag or "").lower().split("-")[0]
    return primary if re.fullmatch(r"[a-z]{2}", primary) else None


class _Walk:
    """Appends the parts of a Word file."""

    def __init__(self, word: Any, builder: TextBuilder) -> None:  # noqa: ANN401 - python-docx has no type information
        self._word = word
        self._builder = builder
        self._numbering = Numbering(_related(word.part, _NUMBERING))
        self._styles = {style.style_id: style.element for style in word.styles}
        self._style_facts: dict[str, tuple[int | None, Any]] = {}

    def run(self) -> None:
        self._margin("header")
        self._flow(self._word.element.body)
        self._notes()
        self._builder.leave_sections()
        self._margin("footer")

    def _flow(self, parent: Any) -> None:  # noqa: ANN401 - lxml has no type information
        waiting = [wordml.children(parent, PARAGRAPH, TABLE)]
        while waiting:
            element = next(waiting[-1], None)
            if element is None:
                waiting.pop()
            elif element.tag == TABLE:
                self._table(element)
            else:
                self._paragraph(element)
                boxes = list(wordml.descendants(element, TEXT_BOX, nested=False))
                waiting += [wordml.children(box, PARAGRAPH, TABLE) for box in reversed(boxes)]

    def _paragraph(self, element: Any) -> None:  # noqa: ANN401 - lxml has no type information
        text = wordml.text_of(element)
        if not text.strip():
            return
        level, listed = self._facts(element)
        marker = self._numbering.next(*listed) if listed else ""
        text = f"{marker} {text.strip()}" if marker else text.strip()
        if level is not None:
            self._builder.heading(text, level)
        else:
            self._builder.add("list_item" if listed else "paragraph", text)

    def _facts(self, paragraph: Any) -> tuple[int | None, tuple[str, int] | None]:  # noqa: ANN401 - lxml, as above
        """The level of a heading, and list and level of an item: the paragraph's own, else those of its style."""
        style = wordml.setting(paragraph, "pPr", "pStyle") or ""
        level, listed = self._of_style(style)
        own = wordml.number(wordml.setting(paragraph, "pPr", "outlineLvl"))
        if own is not None:
            level = own + 1 if own < _BODY_TEXT else None
        numbered = paragraph.find(f"{W}pPr/{W}numPr")
        if numbered is not None:
            listed = _list(numbered, listed)
        return level, listed

    def _of_style(self, ident: str) -> tuple[int | None, tuple[str, int] | None]:
        """The same of a style, with what it takes from those it is based on."""
        if ident not in self._style_facts:
            self._style_facts[ident] = self._look_up(ident)
        return self._style_facts[ident]

    def _look_up(self, ident: str) -> tuple[int | None, tuple[str, int] | None]:
        level: int | None = None
        listed: tuple[str, int] | None = None
        for _ in range(_MAX_BASES):
            style = self._styles.get(ident)
            if style is None:
                break
            if level is None:
                level = _heading_level(style)
            numbered = style.find(f"{W}pPr/{W}numPr")
            if listed is None and numbered is not None:
                listed = _list(numbered, None)
            ident = wordml.setting(style, "basedOn") or ""
        return level, listed

    def _table(self, element: Any) -> None:  # noqa: ANN401 - lxml has no type information
        table = table_of(element)
        if table is not None:
            self._builder.table(table)

    def _margin(self, which: BlockKind) -> None:
        """Headers or footers of all sections, each different one once."""
        seen: set[str] = set()
        for section in self._word.sections:
            for part in _margins(section, which):
                found = wordml.descendants(part, PARAGRAPH, nested=True)
                text = "\n".join(filter(None, (one_line(wordml.text_of(paragraph)) for paragraph in found)))
                if text and text not in seen:
                    seen.add(text)
                    self._builder.add(which, text)

    def _notes(self) -> None:
        for relation, name in ((_FOOTNOTES, "footnote"), (_ENDNOTES, "endnote")):
            root = _related(self._word.part, relation)
            if root is None:
                continue
            self._builder.leave_sections()
            for note in root.iterchildren(f"{W}{name}"):
                if note.get(f"{W}type", "normal") == "normal":
                    lines = [wordml.text_of(found).strip() for found in wordml.children(note, PARAGRAPH)]
                    self._builder.add("paragraph", "\n".join(filter(None, lines)))


def _heading_level(style: Any) -> int | None:  # noqa: ANN401 - lxml has no type information
    """Built-in headings keep their English name in files of every language."""
    name = wordml.setting(style, "name") or ""
    found = _HEADING.fullmatch(name)
    if found:
        return int(found[1])
    if name.lower() == "title":
        return 1
    outline = wordml.number(wordml.setting(style, "pPr", "outlineLvl"))
    return outline + 1 if outline is not None and outline < _BODY_TEXT else None


def _list(numbered: Any, inherited: tuple[str, int] | None) -> tuple[str, int] | None:  # noqa: ANN401 - lxml
    """List and level; the list `0` takes a paragraph out of its style's list."""
    ident = wordml.setting(numbered, "numId")
    level = wordml.number(wordml.setting(numbered, "ilvl"))
    if ident is None:
        return (inherited[0], level or 0) if inherited else None
    if ident == "0":
        return None
    return ident, level if level is not None else (inherited[1] if inherited else 0)


def _margins(section: Any, which: str) -> Iterator[Any]:  # noqa: ANN401 - python-docx has no type information
    for kind in ("", "first_page_", "even_page_"):
        part = getattr(section, f"{kind}{which}")
        if not part.is_linked_to_previous:
            yield part._element  # noqa: SLF001 - python-docx offers no other way to what it leaves out


def _related(part: Any, relation: str) -> Any:  # noqa: ANN401 - python-docx has no type information
    """The root element of the part behind a relationship; `None` where there is none."""
    for found in part.rels.values():
        if found.reltype == relation and not found.is_external:
            return etree.fromstring(found.target_part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
    return None


def table_of(element: Any) -> Table | None:  # noqa: ANN401 - lxml has no type information
    """A table; cells merged downwards are one, tables inside cells are texts of those."""
    grid = GridBuilder()
    rows = list(wordml.children(element, ROW))
    cells = [list(_row_cells(row)) for row in rows]
    texts: list[list[str]] = []
    for at, row in enumerate(cells):
        grid.row()
        texts.append([])
        for column, span, cell in row:
            if _merge(cell) == "continue":
                continue
            text = _cell_text(cell)
            texts[-1].append(text)
            grid.move_to(column)
            grid.cell(text, column_span=span, row_span=_height(cells, at, column, cell))
    marked = 0
    for row in rows:
        if not wordml.is_on(wordml.setting(row, "trPr", "tblHeader")):
            break
        marked += 1
    return grid.table(marked if 0 < marked < len(rows) else int(names_columns(texts)))


def _row_cells(row: Any) -> Iterator[tuple[int, int, Any]]:  # noqa: ANN401 - lxml has no type information
    """Each cell with its first column and how many it spans."""
    column = min(1000, wordml.number(wordml.setting(row, "trPr", "gridBefore")) or 0)
    for cell in wordml.children(row, CELL):
        span = max(1, min(1000, wordml.number(wordml.setting(cell, "tcPr", "gridSpan")) or 1))
        yield column, span, cell
        column += span


def _merge(cell: Any) -> str | None:  # noqa: ANN401 - lxml has no type information
    """`restart` for the first cell of a merged column, `continue` for the others (section 17.4.84)."""
    value = wordml.setting(cell, "tcPr", "vMerge")
    return "continue" if value == "" else value


def _height(cells: list[list[tuple[int, int, Any]]], row: int, column: int, cell: Any) -> int:  # noqa: ANN401 - lxml
    """Rows of a cell."""
    if _merge(cell) != "restart":
        return 1
    last = row + 1
    while last < len(cells) and any(at == column and _merge(cell) == "continue" for at, _, cell in cells[last]):
        last += 1
    return last - row


def _cell_text(cell: Any) -> str:  # noqa: ANN401 - lxml has no type information
    return one_line(" ".join(wordml.text_of(found) for found in wordml.descendants(cell, PARAGRAPH, nested=True)))
