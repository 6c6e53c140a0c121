"""Passages to the sentences an answer can be."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.answering.passage import Passage, StoredChunk
from pipeline.indexing.anchors import Anchor
from pipeline.reading.passages import CELL_SEPARATOR
from pipeline.reading.sentences import sentences

# Characters of a sentence; a longer one is cut where what was read was cut. Speech often has no full stops.
LONG = 320
LONG_SPEECH = 120
_WORD = re.compile(r"\w")
_NUMBERING = re.compile(r"^\W*\d+(\.\d+)*[.)]?\s")
_POINTS_BACK = re.compile(
    r"(it|its|he|she|his|her|they|their|this|these|that|those|such|both|er|sie|es|dies\w*|il|elle|ils|elles|cela|esto|este|"
    r"esta|estos|estas)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """The characters `start` to `end` (half open) of a passage's text."""

    passage: Passage
    rank: int
    """Of the passage, from 0."""
    start: int
    end: int
    before: str = ""
    """What it must be understood with: the sentence before it, its heading, or the names of its table's columns."""
    opening: int
    """Where the stretch begins that reads on its own: the sentence before, if this one points back at it."""

    @property
    def text(self) -> str:
        """Those characters."""
        return self.passage.chunk.text[self.start : self.end]

    @property
    def read(self) -> str:
        """What is compared with a question: a row of a table means nothing without the names of its columns."""
        return f"{self.before}\n{self.text}" if self.before and CELL_SEPARATOR in self.text else self.text


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    heading: bool


def candidates(passages: Sequence[Passage]) -> Iterator[Candidate]:
    """The sentences of all passages.

    Each row of a table is one, but for a row of names; a heading is none, unless it holds a value.
    """
    for rank, passage in enumerate(passages):
        before: _Span | None = None
        header = ""
        for span, following in pairwise([*_spans(passage.chunk), None]):
            assert span is not None
            text = passage.chunk.text[span.start : span.end]
            row = CELL_SEPARATOR in text
            header = header if row else ""
            if row and not header and _names(text) and following and _is_row(passage.chunk, following):
                header = text
                continue
            if not span.heading or _holds_value(text):
                yield _candidate(passage, rank, span, before, header)
            before = span


def _candidate(passage: Passage, rank: int, span: _Span, before: _Span | None, header: str) -> Candidate:
    text = passage.chunk.text
    points_back = before is not None and not before.heading and not header and _POINTS_BACK.match(text, span.start)
    return Candidate(
        passage=passage,
        rank=rank,
        start=span.start,
        end=span.end,
        before=header or (text[before.start : before.end] if before else ""),
        opening=before.start if before and points_back else span.start,
    )


def _is_row(chunk: StoredChunk, span: _Span) -> bool:
    return CELL_SEPARATOR in chunk.text[span.start : span.end]


def _names(row: str) -> bool:
    return not any(char.isdigit() for char in row)


def _holds_value(heading: str) -> bool:
    return any(char.isdigit() for char in _NUMBERING.sub("", heading))


def _spans(chunk: StoredChunk) -> Iterator[_Span]:
    anchors = sorted(chunk.anchors, key=lambda one: int(one["at"]))
    starts = [int(one["at"]) for one in anchors]
    for start, end in sentences(chunk.text):
        inside = anchors[max(0, bisect_right(starts, start) - 1) : bisect_left(starts, end)]
        for span in _cut(inside, start, end):
            if _WORD.search(chunk.text, span.start, span.end):
                yield _Span(span.start, span.start + len(chunk.text[span.start : span.end].rstrip()), span.heading)


def _cut(inside: Sequence[Anchor], start: int, end: int) -> Iterator[_Span]:
    """A sentence apart from a heading before it, and in parts if it is long; `inside` are the anchors it touches."""
    begin, headed = start, False
    for one, following in pairwise([*inside, {"at": end, "length": 0}]):
        heading = bool(one.get("heading"))
        limit = LONG_SPEECH if "time" in one else LONG
        parts = one["at"] > begin and (following["at"] - begin > limit or headed or heading)
        if parts:
            yield _Span(begin, one["at"], headed)
            begin = one["at"]
        headed = heading
    yield _Span(begin, end, headed)
