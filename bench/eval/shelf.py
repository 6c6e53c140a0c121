"""Documents indexed, searched and asked as the service does it, without the service: SQL is a dictionary here."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.answering.choosing import best_passages
from pipeline.answering.passage import Passage
from pipeline.answering.retrieval import Corpus
from pipeline.filtering.conditions import Facts
from pipeline.indexing.chunking import chunk
from pipeline.indexing.chunks import ChunkedDocument
from pipeline.indexing.index import Target, index_document
from pipeline.models.minilm import MiniLM
from pipeline.stores.edge import EdgeVectors
from schemas.documents import Document

DEEP = 30
"""Passages that are asked for; several may be of one document."""


class Remembering(MiniLM):
    """Embeds a text once: many questions compare the same sentences."""

    def __init__(self, cache_dir: Path) -> None:
        super().__init__(cache_dir)
        self._known: dict[str, NDArray[np.float32]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As the model does."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, super().embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])


@dataclass(frozen=True, kw_only=True, slots=True)
class ShelvedChunk:
    """A chunk as SQL has it."""

    id: str
    workspace_id: str
    document_id: str
    document_name: str
    revision: int
    number: int
    text: str
    section: str | None
    anchors: Any


class Shelf:
    """An index of its own in `folder`; a workspace is one pool of documents."""

    def __init__(self, folder: Path, embedder: MiniLM) -> None:
        self._live: dict[str, ShelvedChunk] = {}
        self._vectors = EdgeVectors(folder, embedder.dimensions)
        self._corpus = Corpus(embedder=embedder, vectors=self._vectors, chunks=self)

    def add(self, document: Document, name: str, workspace: str) -> None:
        """Index a document."""
        embedder = self._corpus.embedder
        cut = ChunkedDocument(
            chunks=chunk(document, embedder.count_tokens, embedder.max_tokens), language=document.language
        )
        facts = Facts(document_id=name, media_type=document.media_type, collection=None, uploaded=0.0)
        target = Target(workspace_id=workspace, revision=1, facts=facts)
        rows = index_document(cut, target, embedder=embedder, vectors=self._vectors)
        self._live.update({row["id"]: ShelvedChunk(**row, document_name=name) for row in rows})

    def passages(self, question: str, workspace: str, limit: int = DEEP) -> list[Passage]:
        """As searches show them and answers rest on them: what is nearly the same once, neighbours joined."""
        passages, _ = best_passages(self._corpus, question, workspace_id=workspace, filters=None, limit=limit)
        return passages

    def chunks(self, workspace_id: str, ids: Sequence[str]) -> Mapping[str, ShelvedChunk]:
        """Those of the ids that are chunks of the workspace."""
        return {each: self._live[each] for each in ids if self._live[each].workspace_id == workspace_id}

    def facts(self, workspace_id: str, document_ids: Collection[str]) -> Mapping[str, Facts]:
        """None: nothing is filtered here."""
        del workspace_id, document_ids
        return {}

    def editions(self, workspace_id: str, document_ids: Collection[str]) -> Mapping[str, Hashable]:
        """Not asked: no chunk is missing."""
        del workspace_id, document_ids
        return {}

    def close(self) -> None:
        """Let go of the index."""
        self._vectors.close()
