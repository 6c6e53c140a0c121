"""A document as Markdown or plain text, for people and for language models.

What a document says is never markup here: everything that Markdown or HTML would act upon is escaped.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.reading.continuation import joined
from pipeline.reading.passages import Passage, SpeechPassage, passages
from schemas.documents import Cell, Document, Sheet, Table

# Always markup: back strokes and ticks, pipes, tildes; asterisks but those between blanks, underscores but those inside
# a word; brackets only where a link, a note or a box to tick may be made of them.
_SPECIAL = re.compile(
    r"([\\`|~]|(?<!\s)\*|\*(?!\s)|(?<![^\W_])_|_(?![^\W_])|\](?=[(\[:])|\[(?=\^)|(?:(?<=^)|(?<=\s))\[(?=[ xX]\]))"
)
_ENTITY = re.compile(r"&(?=#?\w+;)")
# What makes a line a heading, a list item, a quotation, a rule or a fence when it stands at its beginning.
_LEADING = re.compile(r"^(\s*\d*)((?<!\d)(?:[#+-](?=[\s#-]|$)|=)|(?<=\d)[.)](?=\s|$))", re.MULTILINE)
_BULLET = re.compile(r"^[•‣◦▪▫●○■□–—*·➢➤✓-]\s+")
_NUMBERED = re.compile(r"^(\d{1,3})[.)]\s+")
_MARGINS = ("header", "footer")


def as_text(document: Document) -> str:
    """The document as plain text, everything in reading order; tables with a tab between cells, speakers named.

    For documents without pages this is the content text that evidence of kind `text` points into.
    """
    if document.shape == "text":
        return document.text
    if document.shape == "sheets":
        return "\n\n".join(f"{sheet.name}\n{_tabbed(sheet_table(sheet))}" for sheet in document.sheets)
    return "\n\n".join(_plain(each) for each in passages(document))


def as_markdown(document: Document) -> str:
    """The document as Markdown: headings, lists, tables; running headers and footers are left out.

    A table that goes on over page breaks is one; where each row was read, the document itself says.
    """
    if document.shape == "sheets":
        parts = [f"## {escaped(sheet.name)}\n\n{_table(sheet_table(sheet))}" for sheet in document.sheets]
    else:
        parts = list(_parts(document))
    return "\n\n".join(parts) + "\n" if parts else ""


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, wherever it stands."""
    return _LEADING.sub(r"\1\\\2", _inside(text))


def _plain(passage: Passage) -> str:
    if isinstance(passage, SpeechPassage) and passage.segment.speaker:
        return f"{passage.segment.speaker}: {passage.text}"
    return _tabbed(passage.table) if passage.table else passage.text


def _inside(text: str) -> str:
    """Text that Markdown shows as it is inside a line."""
    return _ENTITY.sub("&amp;", _SPECIAL.sub(r"\\\1", text)).replace("<", "&lt;").replace(">", "&gt;")


def _parts(document: Document) -> Iterator[str]:
    items: list[str] = []
    for passage in joined(each for each in passages(document) if each.kind not in _MARGINS):
        if passage.kind == "list_item":
            items.append(_item(passage.text))
            continue
        if items:
            yield "\n".join(items)
            items = []
        yield _part(passage)
    if items:
        yield "\n".join(items)


def _part(passage: Passage) -> str:
    if isinstance(passage, SpeechPassage):
        who = f"{escaped(passage.segment.speaker)}: " if passage.segment.speaker else ""
        return f"\\[{_clock(passage.segment.start)}\\] {who}{escaped(passage.text)}"
    if passage.table is not None:
        return _table(passage.table)
    if passage.kind == "code":
        return _fenced(passage.text)
    text = escaped(passage.text)
    if passage.kind == "heading":
        return f"{'#' * min(6, passage.level or 1)} {' '.join(text.split())}"
    if passage.kind == "quote":
        return "\n".join(f"> {line}" for line in text.splitlines())
    return text


def _item(text: str) -> str:
    """A list item with its own mark made Markdown's; numbers stay."""
    text = " ".join(text.split())
    numbered = _NUMBERED.match(text)
    if numbered:
        return f"{numbered.group(1)}. {escaped(text[numbered.end() :])}"
    return f"- {escaped(_BULLET.sub('', text))}"


def _fenced(text: str) -> str:
    """Code between fences longer than any inside."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _table(table: Table) -> str:
    """A table of pipes; several header rows become one, as Markdown has but one, with what stands over each column."""
    grid = [[_inside(" ".join(cell.split())) for cell in row] for row in table.grid()]
    count = _rows_of_names(table)
    rows = [_names(table, grid, count), ["---"] * table.columns, *grid[count:]]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _rows_of_names(table: Table) -> int:
    """The header rows up to the first that holds but one text below others: that one names what follows."""
    filled = Counter(cell.row for cell in table.cells if cell.text)
    single = (row for row in range(1, table.header_rows) if filled[row] == 1 and filled[row - 1] > 1)
    return next(single, table.header_rows)


def _names(table: Table, grid: Sequence[Sequence[str]], count: int) -> list[str]:
    """What stands over each column in the first `count` rows; a title over all of them is said once."""
    heads = [list(row) for row in grid[:count]]
    for cell in table.cells:
        if cell.row < count - 1 and 1 < cell.column_span < table.columns:
            columns = slice(cell.column, cell.column + cell.column_span)
            heads[cell.row][columns] = [grid[cell.row][cell.column]] * len(heads[cell.row][columns])
    return [" ".join(filter(None, column)) for column in zip(*heads, strict=True)] or [""] * table.columns


def _tabbed(table: Table) -> str:
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row).rstrip() for row in table.grid())


def sheet_table(sheet: Sheet) -> Table:
    """The filled part of a sheet as a table, without its empty rows and columns."""
    rows = _numbers([cell.row for cell in sheet.cells])
    columns = _numbers([cell.column for cell in sheet.cells])
    cells = [Cell(row=rows[cell.row], column=columns[cell.column], text=cell.text) for cell in sheet.cells]
    return Table(rows=len(rows), columns=len(columns), cells=cells)


def _numbers(used: Sequence[int]) -> dict[int, int]:
    return {number: place for place, number in enumerate(sorted(set(used)))}
