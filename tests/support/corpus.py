"""A corpus in memory: documents written as blocks, their chunks in a dictionary, their points in Qdrant Edge."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.answering.retrieval import Corpus
from pipeline.filtering.conditions import Facts
from pipeline.indexing.chunking import chunk
from pipeline.indexing.chunks import ChunkedDocument
from pipeline.indexing.index import Target, index_document
from pipeline.models.embedding import Embedder
from pipeline.stores.edge import EdgeVectors
from schemas.documents import Document, Segment, TextBlock


@dataclass(frozen=True)
class Chunk:
    """A chunk as SQL would hold it."""

    id: str
    workspace_id: str
    document_id: str
    document_name: str
    revision: int
    number: int
    text: str
    section: str | None
    anchors: Any


@dataclass
class Chunks:
    """A `ChunkSource`; what is taken out of `live` is as good as deleted."""

    live: dict[str, Chunk] = field(default_factory=dict)
    asked: int = 0
    known: dict[str, Facts] = field(default_factory=dict)

    def chunks(self, workspace_id: str, ids: Sequence[str]) -> Mapping[str, Chunk]:
        self.asked += 1
        return {i: self.live[i] for i in ids if i in self.live and self.live[i].workspace_id == workspace_id}

    def facts(self, workspace_id: str, document_ids: Collection[str]) -> Mapping[str, Facts]:
        return {name: facts for name, facts in self.known.items() if name in document_ids}

    def editions(self, workspace_id: str, document_ids: Collection[str]) -> Mapping[str, Hashable]:
        have = {chunk.document_id for chunk in self.live.values() if chunk.workspace_id == workspace_id}
        return dict.fromkeys(have.intersection(document_ids), 1)


class SmallCorpus:
    """Documents are named by their id."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self.chunks = Chunks()
        self.vectors = EdgeVectors(folder, embedder.dimensions)
        self.corpus = Corpus(embedder=embedder, vectors=self.vectors, chunks=self.chunks)

    def add(self, name: str, document: Document, *, workspace_id: str = "w", **target: Any) -> list[str]:
        wanted = Target(
            workspace_id=workspace_id,
            revision=1,
            facts=Facts(
                document_id=name,
                collection=target.get("collection"),
                media_type=document.media_type,
                uploaded=target.get("uploaded", 0.0),
                fields=target.get("fields", {}),
                metadata=target.get("metadata", {}),
            ),
        )
        self.chunks.known[name] = wanted.facts
        embedder = self.corpus.embedder
        rows = index_document(chunked(document, embedder), wanted, embedder=embedder, vectors=self.vectors)
        self.chunks.live.update({row["id"]: Chunk(**row, document_name=name) for row in rows})
        return [row["id"] for row in rows]

    def delete(self, name: str) -> None:
        """As SQL sees it; the points stay, as after a crash."""
        self.chunks.live = {i: chunk for i, chunk in self.chunks.live.items() if chunk.document_id != name}


def chunked(document: Document, embedder: Embedder) -> ChunkedDocument:
    """As the index stage cuts it."""
    chunks = chunk(document, embedder.count_tokens, embedder.max_tokens)
    return ChunkedDocument(chunks=chunks, language=document.language)


def written(*blocks: tuple[Any, ...] | str, language: str | None = None) -> Document:
    """A text document from paragraphs and `(kind, text)` or `("heading", text, level)`."""
    text = ""
    found: list[TextBlock] = []
    path: list[tuple[int, str]] = []
    for block in blocks:
        kind, content, *level = ("paragraph", block) if isinstance(block, str) else block
        if kind == "heading":
            path = [(above, title) for above, title in path if above < level[0]]
        section = [title for _, title in path]
        if kind == "heading":
            path.append((level[0], content))
        start = len(text)
        text += content
        stop = len(text)
        found.append(TextBlock(kind=kind, start=start, stop=stop, level=level[0] if level else None, section=section))
        text += "\n\n"
    return Document(shape="text", media_type="text/plain", text=text, blocks=found, language=language)


def spoken(*texts: str, seconds: float = 5.0) -> Document:
    """A recording of equally long segments."""
    segments = [Segment(start=i * seconds, end=(i + 1) * seconds, text=text) for i, text in enumerate(texts)]
    return Document(shape="segments", media_type="audio/wav", segments=segments, seconds=len(texts) * seconds)
