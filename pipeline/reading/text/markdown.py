"""Markdown (CommonMark with tables): its structure, without its marks."""

import re
from importlib.metadata import version
from typing import BinaryIO

from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipeline.errors import LimitExceeded
from pipeline.reading.options import Progress, ReadingOptions
from pipeline.reading.text.builder import TextBuilder, cleaned
from pipeline.reading.text.encoding import decoded, read_bytes
from pipeline.reading.text.grid import table_of
from pipeline.reading.text.html import add_html
from schemas.documents import BlockKind, Document

MAX_NESTING = 100
"""Lists and quotations within one another; the parser leaves out what is nested deeper."""
_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


def read_markdown(source: BinaryIO, options: ReadingOptions, progress: Progress) -> Document:
    """A Markdown file; HTML in it is read as `read_html` does, a block of front matter is kept as code.

    Raises:
        LimitExceeded: it is larger than `max_text_bytes`, or nested too deeply.
    """
    text, notices = decoded(read_bytes(source, options.settings.max_text_bytes))
    builder = TextBuilder(progress, len(text))
    builder.warnings += notices
    add_markdown(builder, text)
    progress(1.0)
    return builder.document(options.media_type, produced_by={"markdown-it-py": version("markdown-it-py")})


def add_markdown(builder: TextBuilder, text: str) -> None:
    """Append the blocks of a Markdown text whose lines end with line feeds."""
    text = cleaned(text)
    front = _FRONT_MATTER.match(text)
    if front:
        builder.add("code", front[1])
        text = text[front.end() :]
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable(["table", "strikethrough"])
    try:
        tokens = parser.parse(text)
    except RecursionError as error:
        raise LimitExceeded("the Markdown is nested too deeply", limit="markdown_depth") from error
    if max((token.level for token in tokens), default=0) + 1 >= MAX_NESTING:
        raise LimitExceeded("the Markdown is nested too deeply", limit="markdown_depth")
    _Walk(builder).run(tokens)


class _Walk:
    """Turns the flat list of tokens into blocks."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._kinds: list[BlockKind] = []
        self._marker = ""
        self._heading: int | None = None
        self._rows: list[list[str]] | None = None
        self._header_rows = 0

    def run(self, tokens: list[Token]) -> None:
        for token in tokens:
            if token.type in {"fence", "code_block"}:
                self._builder.add("code", token.content)
            elif token.type == "html_block":
                add_html(self._builder, token.content)
            elif token.type == "inline":
                self._text(_shown(token))
            elif token.type.startswith(("table", "thead", "tr", "td", "th")):
                self._table(token)
            elif token.nesting:
                self._container(token)

    def _text(self, text: str) -> None:
        if self._rows is not None:
            self._rows[-1][-1] = text
        elif self._heading is not None:
            self._builder.heading(text, self._heading)
        else:
            kind = self._kinds[-1] if self._kinds else "paragraph"
            self._builder.add(kind, self._marker + text)
            self._marker = ""

    def _container(self, token: Token) -> None:
        opens = token.nesting > 0
        if token.tag in {"li", "blockquote"}:
            if opens:
                self._kinds.append("list_item" if token.tag == "li" else "quote")
                self._marker = f"{token.info}. " if token.info.isdigit() else ""
            else:
                self._kinds.pop()
        elif token.type.startswith("heading"):
            self._heading = int(token.tag[1]) if opens else None

    def _table(self, token: Token) -> None:
        if token.type == "table_open":
            self._rows, self._header_rows = [], 0
        elif token.type == "table_close" and self._rows is not None:
            table = table_of(self._rows, self._header_rows)
            self._rows = None
            if table is not None:
                self._builder.table(table)
        elif self._rows is not None and token.type == "tr_open":
            self._rows.append([])
        elif self._rows is not None and token.type in {"th_open", "td_open"}:
            self._rows[-1].append("")
        elif token.type == "thead_close":
            self._header_rows = len(self._rows or [])


def _shown(inline: Token) -> str:
    """The text of a paragraph as it would be shown; the words for an image stand in its place."""
    pieces: list[str] = []
    for child in inline.children or []:
        if child.type in {"text", "code_inline"}:
            pieces.append(child.content)
        elif child.type in {"softbreak", "hardbreak"}:
            pieces.append("\n")
        elif child.type == "image":
            pieces.append(child.content)
        elif child.type == "html_inline" and re.match(r"<br\b", child.content, re.IGNORECASE):
            pieces.append("\n")
    return "".join(pieces).strip()
