"""Plain text: paragraphs, underlined headings, bulleted lists; files of separated values as a sheet."""

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO

from pipeline.reading.options import Progress, ReadingOptions
from pipeline.reading.text.builder import TextBuilder, cleaned
from pipeline.reading.text.encoding import decoded, read_bytes
from pipeline.reading.text.separated import as_sheet
from schemas.documents import Document

_UNDERLINE = re.compile(r"(=+|-+|~+)\s*")
_BULLET = re.compile(r"\s{0,8}[-*+•‣▪–]\s+\S")
HEADING_CHARACTERS = 120


def read_plain(source: BinaryIO, options: ReadingOptions, progress: Progress) -> Document:
    """A text in any character set.

    Raises:
        LimitExceeded: it is larger than `max_text_bytes`.
    """
    text, notices = decoded(read_bytes(source, options.settings.max_text_bytes))
    suffix = PurePath(options.name).suffix.lower()
    if suffix in {".csv", ".tsv"}:
        sheet = as_sheet(cleaned(text), PurePath(options.name).stem)
        if sheet is not None:
            progress(1.0)
            return Document(shape="sheets", media_type=options.media_type, sheets=[sheet], warnings=notices)
    builder = TextBuilder(progress, len(text))
    builder.warnings += notices
    add_plain(builder, text)
    progress(1.0)
    return builder.document(options.media_type, produced_by={})


def add_plain(builder: TextBuilder, text: str) -> None:
    """Append the paragraphs of a text."""
    for lines in paragraphs(cleaned(text)):
        _add_paragraph(builder, lines)


def paragraphs(text: str) -> Iterator[list[str]]:
    """The lines between empty lines, without spaces at their ends."""
    lines: list[str] = []
    for line in text.split("\n"):
        if line.strip():
            lines.append(line.rstrip())
        elif lines:
            yield lines
            lines = []
    if lines:
        yield lines


def _add_paragraph(builder: TextBuilder, lines: list[str]) -> None:
    if _is_underlined(lines):
        builder.heading(lines[0], 1 if lines[1].startswith("=") else 2)
        lines = lines[2:]
    for item in _items(lines):
        builder.add("list_item" if _BULLET.match(item) else "paragraph", item)


def _is_underlined(lines: list[str]) -> bool:
    """A short line above a rule about as long as it is."""
    if len(lines) < 2 or not _UNDERLINE.fullmatch(lines[1]):
        return False
    title, rule = len(lines[0].strip()), len(lines[1].strip())
    return rule >= 3 and title <= HEADING_CHARACTERS and abs(rule - title) <= 2


def _items(lines: list[str]) -> Iterator[str]:
    """The paragraph; or its bulleted items, where it begins with one, each with the lines that go on under it."""
    if not lines:
        return
    if not _BULLET.match(lines[0]) or not all(_BULLET.match(line) or line[:1].isspace() for line in lines):
        yield "\n".join(lines)
        return
    item: list[str] = []
    for line in lines:
        if item and _BULLET.match(line):
            yield "\n".join(item)
            item = []
        item.append(line)
    yield "\n".join(item)
