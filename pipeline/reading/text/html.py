"""HTML: what is shown, as headings, paragraphs, lists, quotations, code and tables.

The tree is libxml2's, which repairs what people write; nothing is fetched, run or resolved. Walks over it keep their
own stack, so nesting costs no recursion.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from lxml import etree

from pipeline.errors import DamagedFile, LimitExceeded
from pipeline.reading.options import Progress, ReadingOptions
from pipeline.reading.text.builder import TextBuilder, cleaned, one_line
from pipeline.reading.text.encoding import decoded, read_bytes
from pipeline.reading.text.grid import GridBuilder
from schemas.documents import BlockKind, Document, Table

DROPPED = frozenset(
    {"script", "style", "noscript", "template", "svg", "object", "embed", "iframe", "canvas", "audio", "video", "head"}
    | {"title", "datalist", "map", "area", "noframes", "applet"}
)
BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div"}
    | {"dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "legend", "li", "main", "menu"}
    | {
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    }
    | {"h1", "h2", "h3", "h4", "h5", "h6"}
)
_KINDS: dict[str, BlockKind] = {
    "li": "list_item",
    "blockquote": "quote",
    "pre": "code",
    "nav": "header",
    "footer": "footer",
    "caption": "caption",
    "figcaption": "caption",
}
_IN_CELLS = ("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre", "blockquote")
"""A table whose cells hold these is laid out like a page, not like a table."""
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta\b[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_CHARSET_WITHIN = 4_096
_MAX_SPAN = 1_000
"""Greater spans are an error of the page (HTML standard: `colspan` at most 1000)."""


def read_html(source: BinaryIO, options: ReadingOptions, progress: Progress) -> Document:
    """A web page as it is shown; scripts, styles and hidden parts are left out.

    Raises:
        LimitExceeded: it is larger than `max_text_bytes`, or nested too deeply.
        DamagedFile: there is no HTML in it.
    """
    data = read_bytes(source, options.settings.max_text_bytes)
    declared = _CHARSET.search(data[:_CHARSET_WITHIN])
    text, notices = decoded(data, declared[1].decode("ascii", "replace") if declared else None)
    root = parsed(text)
    if root is None:
        raise DamagedFile("there is no HTML in the file")
    builder = TextBuilder(progress, len(text))
    builder.warnings += notices
    _Walk(builder).run(root)
    progress(1.0)
    title = next(iter(root.iter("title")), None)
    return builder.document(
        options.media_type,
        title="".join(title.itertext()) if title is not None else None,
        language=_language(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")),
        produced_by={"lxml": etree.__version__},
    )


def add_html(builder: TextBuilder, markup: str) -> None:
    """Append the blocks of a piece of HTML.

    Raises:
        LimitExceeded: it is nested too deeply.
    """
    root = parsed(markup)
    if root is not None:
        _Walk(builder).run(root)


def parsed(markup: str) -> Any:  # noqa: ANN401 - lxml has no type information
    """The root element; `None` where there is no markup and no text.

    Raises:
        LimitExceeded: libxml2 gave up on its nesting, and would leave the rest out.
    """
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True, default_doctype=False
    )
    try:
        root = etree.fromstring(cleaned(markup).encode(), parser)
    except etree.XMLSyntaxError as error:
        if _gave_up(error.error_log):
            raise LimitExceeded("the HTML is nested too deeply", limit="html_depth") from error
        return None  # an empty text is no tree
    if _gave_up(parser.error_log):
        raise LimitExceeded("the HTML is nested too deeply", limit="html_depth")
    return root


def _gave_up(log: Any) -> bool:  # noqa: ANN401 - lxml has no type information
    return any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in log)


def _language(tag: str | None) -> str | None:
    """ISO 639-1 out of a BCP 47 tag."""
    primary = re.split(r"[-_]", (tag or "").strip().lower())[0]
    return primary if re.fullmatch(r"[a-z]{2}", primary) else None


def _is_dropped(element: Any) -> bool:  # noqa: ANN401 - lxml has no type information
    if not isinstance(element.tag, str) or element.tag in DROPPED or "hidden" in element.attrib:
        return True
    return bool(_HIDDEN.search(element.get("style") or ""))


def _steps(root: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - lxml has no type information
    """Elements as they begin and end, and the texts between, in order; what is dropped is left out."""
    walk = etree.iterwalk(root, events=("start", "end"))
    dropped = None
    for event, element in walk:
        if event == "start" and element is not root and _is_dropped(element):
            dropped = element
            walk.skip_subtree()
        elif event == "start":
            yield "start", element
            if element.text:
                yield "text", element.text
        else:
            if element is dropped:
                dropped = None
            else:
                yield "end", element
            if element.tail and element is not root:
                yield "text", element.tail


@dataclass
class _Walk:
    """Turns the steps of one tree into blocks."""

    builder: TextBuilder
    _inline: list[str] = field(default_factory=list)
    _kinds: list[BlockKind] = field(default_factory=list)
    _lists: list[int | None] = field(default_factory=list)
    """The open lists: the number of the last item, `None` where items have bullets."""
    _marker: str = ""
    _heading: int | None = None

    def run(self, root: Any) -> None:  # noqa: ANN401 - lxml has no type information
        table = None
        for step, value in _steps(root):
            if table is not None:
                table = None if step == "end" and value is table else table
            elif step == "text":
                self._inline.append(value)
            elif step == "end":
                self._leave(value)
            else:
                table = self._enter(value)
        self._flush()

    def _enter(self, element: Any) -> Any:  # noqa: ANN401 - lxml has no type information
        """Begin an element; returns it when it was a table that has been read as a whole."""
        tag = element.tag
        if tag == "br":
            self._inline.append("\n" if "code" in self._kinds else "\x00")
        if tag not in BLOCKS:
            return None
        self._flush()
        if tag == "table":
            grid = _data_table(element)
            if grid is not None:
                self.builder.table(grid)
                return element
        if tag in {"ol", "ul", "menu", "dir"}:
            self._lists.append(_number(element.get("start"), 1) - 1 if tag == "ol" else None)
        if tag == "li":
            self._marker = self._next_marker(element)
        if tag in _KINDS:
            self._kinds.append(_KINDS[tag])
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self._heading = int(tag[1])
        return None

    def _leave(self, element: Any) -> None:  # noqa: ANN401 - lxml has no type information
        tag = element.tag
        if tag not in BLOCKS:
            return
        self._flush()
        if tag in _KINDS:
            self._kinds.pop()
        if tag in {"ol", "ul", "menu", "dir"} and self._lists:
            self._lists.pop()
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self._heading = None
        if tag == "li":
            self._marker = ""

    def _next_marker(self, item: Any) -> str:  # noqa: ANN401 - lxml has no type information
        if not self._lists or self._lists[-1] is None:
            return ""
        number = _number(item.get("value"), self._lists[-1] + 1)
        self._lists[-1] = number
        return f"{number}. "

    def _flush(self) -> None:
        """End the block that is being collected."""
        text = "".join(self._inline)
        self._inline.clear()
        kind = self._kinds[-1] if self._kinds else "paragraph"
        if kind == "code":
            self.builder.add("code", text)
            return
        text = "\n".join(" ".join(line.split()) for line in text.split("\x00")).strip()
        if not text:
            return
        if self._heading is not None:
            self.builder.heading(text, self._heading)
        else:
            self.builder.add(kind, self._marker + text if kind == "list_item" else text)
            self._marker = ""


def _number(text: str | None, default: int, most: int = 999_999) -> int:
    """A small number out of an attribute."""
    return min(most, int(text)) if text is not None and re.fullmatch(r"[0-9]{1,6}", text) else default


def _data_table(table: Any) -> Table | None:  # noqa: ANN401 - lxml has no type information
    """The table, when its cells hold values; `None` when it only lays out a page, or is empty."""
    if next(table.iterdescendants("table", *_IN_CELLS), None) is not None:
        return None
    rows = [row for row in table.iterdescendants("tr") if not _is_dropped(row)]
    cells = [[cell for cell in row.iterchildren("td", "th") if not _is_dropped(cell)] for row in rows]
    if max((len(row) for row in cells), default=0) < 2:
        return None
    grid = GridBuilder()
    for row in cells:
        grid.row()
        for cell in row:
            row_span, column_span = (_number(cell.get(name), 1, _MAX_SPAN) for name in ("rowspan", "colspan"))
            grid.cell(_cell_text(cell), row_span=row_span, column_span=column_span)
    return grid.table(_header_rows(rows, cells))


def _header_rows(rows: list[Any], cells: list[list[Any]]) -> int:
    count = 0
    for row, members in zip(rows, cells, strict=True):
        parent = row.getparent()
        named = parent is not None and parent.tag == "thead"
        if not named and not (members and all(cell.tag == "th" for cell in members)):
            break
        count += 1
    return count if count < len(rows) else 0


def _cell_text(cell: Any) -> str:  # noqa: ANN401 - lxml has no type information
    pieces: list[str] = []
    for step, value in _steps(cell):
        if step == "text":
            pieces.append(value)
        elif value.tag in BLOCKS or value.tag == "br":
            pieces.append(" ")
    return one_line("".join(pieces))
