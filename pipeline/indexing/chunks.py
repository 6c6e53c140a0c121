"""A chunk: the passage that is embedded, searched and shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from pydantic import TypeAdapter, ValidationError

from pipeline.errors import ParserProtocolError
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


@dataclass(frozen=True, kw_only=True, slots=True)
class ChunkedDocument:
    """All that indexing needs to know of a document."""

    chunks: list[Chunk]
    language: str | None = None
    """As in `Document`: its words are stemmed by it."""

    def to_bytes(self) -> bytes:
        """As JSON."""
        return orjson.dumps(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> "ChunkedDocument":
        """Read what `to_bytes` wrote.

        Raises:
            ParserProtocolError: it is something else.
        """
        try:
            return _CHUNKED.validate_json(data)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            raise ParserProtocolError(f"what should be chunks is something else: {fault['msg']}") from error


_CHUNKED = TypeAdapter(ChunkedDocument)
