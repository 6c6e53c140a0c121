"""A chunk: the passage that is embedded, searched and shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.indexing.anchors import Anchor, locate
from schemas.evidence import Evidence


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """A part of a document that reads as one and fits the embedder.

    `anchors` (JSON, see `anchors`) say where each character of `text` was read; `text`, `section` and `anchors` are all
    that needs to be stored.
    """

    number: int
    """Counted from 0 within the document."""
    text: str
    """What is shown."""
    section: str | None
    """Headings above all of it, joined with ` > `."""
    embedding_text: str
    """What is embedded and searched: context (title, headings) and text."""
    anchors: Sequence[Anchor]

    @property
    def evidence(self) -> list[Evidence]:
        """Where the chunk was read."""
        return locate(self.text, self.anchors)

    def locate(self, start: int, end: int) -> list[Evidence]:
        """Where the characters `start` to `end` (half open) of `text` were read."""
        return locate(self.text, self.anchors, start, end)
