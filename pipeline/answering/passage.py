"""A passage: what was found for a question, and what it stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.indexing.anchors import Anchor


class StoredChunk(Protocol):
    """A chunk as SQL holds it."""

    @property
    def id(self) -> str:
        """As in the vector store."""

    @property
    def document_id(self) -> str:
        """Whose chunk it is."""

    @property
    def document_name(self) -> str:
        """The document's name as its owner gave it."""

    @property
    def revision(self) -> int:
        """Of the document it was cut from."""

    @property
    def number(self) -> int:
        """Counted from 0 within that revision."""

    @property
    def text(self) -> str:
        """What is shown."""

    @property
    def section(self) -> str | None:
        """Headings above."""

    @property
    def anchors(self) -> Sequence[Anchor]:
        """Where the text was read (see `pipeline.indexing.anchors`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JoinedChunk:
    """A `StoredChunk` made of neighbouring ones; it goes by the id and the number of one of them."""

    id: str
    document_id: str
    document_name: str
    revision: int
    number: int
    text: str
    section: str | None
    anchors: Sequence[Anchor]


@dataclass(frozen=True, slots=True)
class Part:
    """A chunk whose text begins at `start` in the passage's, and goes on to the next part."""

    chunk: StoredChunk
    start: int


@dataclass(frozen=True, slots=True)
class Twin:
    """A chunk that says nearly the same as a passage, and is not shown beside it."""

    chunk: StoredChunk
    exact: bool
    """Whether it says it word for word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A chunk that matches, or several that follow one another; scores can be compared within one query only."""

    chunk: StoredChunk
    score: float
    parts: Sequence[Part] = ()
    """In reading order, where there are several; `chunk` then has the text of all and the id of the best."""
    twins: Sequence[Twin] = ()
    """Best first."""

    @property
    def chunk_ids(self) -> list[str]:
        """All its chunks, in reading order."""
        return [part.chunk.id for part in self.parts] or [self.chunk.id]

    def holding(self, start: int, end: int) -> list[str]:
        """Those of its chunks that hold the characters `start` to `end` (half open) of its text, in reading order."""
        held = [name for name, begin, stop in self._spans() if begin < end and start < stop]
        return held or [self.chunk.id]

    @property
    def best(self) -> tuple[int, int]:
        """The characters (half open) of its text that are the best chunk's."""
        return next((begin, stop) for name, begin, stop in self._spans() if name == self.chunk.id)

    def _spans(self) -> list[tuple[str, int, int]]:
        """Its chunks, each with the characters of its text."""
        if not self.parts:
            return [(self.chunk.id, 0, len(self.chunk.text))]
        stops = [*(part.start for part in self.parts[1:]), len(self.chunk.text)]
        return [(part.chunk.id, part.start, stop) for part, stop in zip(self.parts, stops, strict=True)]

    def alone(self) -> "Passage":
        """Without the neighbours of the best chunk."""
        own = [part.chunk for part in self.parts if part.chunk.id == self.chunk.id]
        return Passage(chunk=own[0], score=self.score, twins=self.twins) if own else self
