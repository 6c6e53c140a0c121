"""The pages of an Ogg file: whether the last one says that it is, and whether one is missing before it (RFC 3533)."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

HEADER_BYTES = 27
"""Before the segment table."""
MARK = b"OggS\x00"
END_OF_STREAM = 0x04
LONGEST_PAGE = HEADER_BYTES + 255 + 255 * 255
"""Bytes of header, segment table and segments."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """The header of a page; `stream` and `number` are the serial number and the place among the stream's pages."""

    stream: int
    number: int
    length: int
    """In bytes; more than there are where the page is cut."""
    ends: bool
    """Whether it is the last one of its stream."""


def parse_page(data: bytes) -> Page | None:
    """The page whose bytes begin so; `None` where none does, or its segment table is cut."""
    if not data.startswith(MARK) or len(data) < HEADER_BYTES or len(data) < HEADER_BYTES + data[26]:
        return None
    return Page(
        stream=int.from_bytes(data[14:18], "little"),
        number=int.from_bytes(data[18:22], "little"),
        length=HEADER_BYTES + data[26] + sum(data[HEADER_BYTES : HEADER_BYTES + data[26]]),
        ends=bool(data[5] & END_OF_STREAM),
    )


def pages(source: BinaryIO) -> Iterator[Page]:
    """The pages from the beginning on; what lies between two of them is passed over."""
    size, at = source.seek(0, os.SEEK_END), 0
    while at < size:
        source.seek(at)
        found = parse_page(source.read(HEADER_BYTES + 255))
        if found is None:
            at = _next_mark(source, at + 1)
            continue
        yield found
        at += found.length


def missing_pages(source: BinaryIO) -> int:
    """How many pages are not there, by the numbers of those that are. A stream may begin with any number."""
    last: dict[int, int] = {}
    missing = 0
    for page in pages(source):
        missing += max(0, page.number - last.get(page.stream, page.number) - 1)
        last[page.stream] = page.number
    return missing


def _next_mark(source: BinaryIO, start: int) -> int:
    """Where the next page may begin; the end of the file where none does."""
    source.seek(start)
    kept = b""
    while block := source.read(LONGEST_PAGE):
        if (found := (kept + block).find(MARK)) >= 0:
            return start - len(kept) + found
        start += len(block)
        kept = block[-(len(MARK) - 1) :]
    return source.seek(0, os.SEEK_END)
