"""Chunks to points: what the index stage does, but for writing SQL."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from pipeline.filtering.conditions import Facts
from pipeline.indexing.chunks import Chunk, ChunkedDocument
from pipeline.indexing.sparse import document_vector
from pipeline.indexing.terms import has_words
from pipeline.models.embedding import Embedder
from pipeline.stores.vectors import Point, Vectors

NAMESPACE = UUID("6d0a1f3e-5c1b-5a55-9c0e-7a1c7f0b9e21")
VERSION = 4
"""Changes with what a document is cut into; indexes of another version are written anew."""
BATCH = 32  # chunks embedded and written between two reports of progress
WORDLESS = "0"
"""What is embedded for a chunk without words; some servers refuse an empty text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Whose chunks they are, and what filters can ask of them."""

    workspace_id: str
    revision: int
    facts: Facts
    generation: int = 1
    """Of the index; chunks of each have ids of their own."""

    @property
    def document_id(self) -> str:
        """The document's id."""
        return self.facts.document_id


def chunk_id(target: Target, chunk: Chunk) -> str:
    """The same for the same chunk whenever it is made again: indexing twice writes the same points.

    Another text has another id, so that no point ever stands for a text that it was not made of.
    """
    digest = blake2b(f"{chunk.text}\0{chunk.embedding_text}".encode("utf-8", "surrogatepass"), digest_size=16)
    place = f"{target.workspace_id}/{target.document_id}/{target.revision}/{chunk.number}"
    if target.generation != 1:
        place = f"{place}@{target.generation}"
    return str(uuid5(NAMESPACE, f"{place}/{digest.hexdigest()}"))


def index_document(
    document: ChunkedDocument,
    target: Target,
    *,
    embedder: Embedder,
    vectors: Vectors,
    progress: Callable[[float], None] = lambda _: None,
) -> list[dict[str, Any]]:
    """Write the document's points; its chunks as rows for SQL (columns of the table `chunks`).

    Points that were there stay until the rows have replaced theirs: whoever searches meanwhile finds what was found
    before. `progress` gets 0 to 1 and may raise to stop the work; what was written until then is written again by the
    next run.

    Raises:
        ModelError: the embedder failed.
        VectorsUnavailable: the vector store failed.
    """
    chunks = document.chunks
    embed = _Embedding(embedder, chunks)
    for start in range(0, len(chunks), BATCH):
        progress(start / len(chunks))
        batch = chunks[start : start + BATCH]
        vectors.upsert(_points(batch, embed(batch), target, document.language))
    progress(1.0)
    return chunk_rows(document, target)


def chunk_rows(document: ChunkedDocument, target: Target) -> list[dict[str, Any]]:
    """The document's chunks as rows for SQL, whether or not their points are written."""
    return [_row(one, target) for one in document.chunks]


class _Embedding:
    """Embeds a document's chunks: those with the same text once, and those without words as one number.

    Embedding is what takes the time, and a file of a million digits has thousands of chunks that mean nothing. They
    are found by their numbers, as sparse vectors.
    """

    def __init__(self, embedder: Embedder, chunks: Sequence[Chunk]) -> None:
        self._embedder = embedder
        self._texts = {one.number: one.embedding_text if has_words(one.text) else WORDLESS for one in chunks}
        times = Counter(self._texts.values())
        self._repeated = {text for text, count in times.items() if count > 1}
        self._kept: dict[str, NDArray[np.float32]] = {}

    def __call__(self, batch: Sequence[Chunk]) -> list[NDArray[np.float32]]:
        """One vector a chunk."""
        texts = [self._texts[one.number] for one in batch]
        new = list(dict.fromkeys(text for text in texts if text not in self._kept))
        made = self._kept | dict(zip(new, self._embedder.embed(new) if new else (), strict=True))
        self._kept = {text: vector for text, vector in made.items() if text in self._repeated}
        return [made[text] for text in texts]


def _points(
    chunks: Sequence[Chunk], dense: Sequence[NDArray[np.float32]], target: Target, language: str | None
) -> list[Point]:
    return [
        Point(
            id=chunk_id(target, one),
            dense=vector,
            sparse=document_vector(one.embedding_text, language),
            workspace_id=target.workspace_id,
            document_id=target.document_id,
            collection=target.facts.collection,
            media_type=target.facts.media_type,
            uploaded=target.facts.uploaded,
            fields=target.facts.fields,
            metadata=target.facts.metadata,
        )
        for one, vector in zip(chunks, dense, strict=True)
    ]


def _row(one: Chunk, target: Target) -> dict[str, Any]:
    return {
        "id": chunk_id(target, one),
        "workspace_id": target.workspace_id,
        "document_id": target.document_id,
        "revision": target.revision,
        "number": one.number,
        "text": one.text,
        "section": one.section,
        "anchors": list(one.anchors),
    }
