"""Question to passages: the vector store proposes, SQL decides what may be seen."""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pipeline.answering.passage import Passage, StoredChunk
from pipeline.answering.weighing import share_of_meaning
from pipeline.filtering.conditions import Condition, Facts, holds
from pipeline.filtering.requested import condition_of
from pipeline.indexing.sparse import query_vector
from pipeline.models.embedding import Embedder, query_embedding
from pipeline.models.rerank import Reranker
from pipeline.stores.vectors import ScoredPoint, SparseVector, VectorFilter, Vectors
from schemas.answers import Filters
from schemas.documents import Notice

if TYPE_CHECKING:
    from pipeline.answering.page_hits import PageSearch

SPARE = 10  # hits asked for beyond the limit, since some may be of documents that are gone
DEEPEST = 2_000  # hits looked through for enough that may be seen
TRIES = 5  # for hits and chunks of one moment; a document is not replaced as often as it is searched
NO_WORDS = SparseVector(indices=[], values=[])


class ChunkSource(Protocol):
    """Looks chunks up in SQL."""

    def chunks(self, workspace_id: str, ids: Sequence[str]) -> Mapping[str, StoredChunk]:
        """Those of the ids that are chunks of the workspace's present documents."""

    def facts(self, workspace_id: str, document_ids: Collection[str]) -> Mapping[str, Facts]:
        """What conditions can ask of the workspace's present documents among these."""

    def editions(self, workspace_id: str, document_ids: Collection[str]) -> Mapping[str, Hashable]:
        """For those of the workspace's present documents among these that have chunks, what changes with the chunks."""


_Found = tuple[list[ScoredPoint], Mapping[str, StoredChunk]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Corpus:
    """All that is needed to find passages."""

    embedder: Embedder
    vectors: Vectors
    chunks: ChunkSource
    pages: "PageSearch | None" = None
    """Finds pages by their pictures, where the index holds them (see `pipeline.answering.page_hits`)."""
    reranker: Reranker | None = None
    rerank: int = 50
    """How many of the best hits get a second look (see `pipeline.answering.reranking`)."""
    meaning: bool = True
    """Whether the index can be searched by meaning: whether `embedder` made its vectors."""
    words: bool = True
    """Whether it can be searched by words."""
    values: bool = True
    """Whether it knows the values that filters ask for; else they are looked up in SQL alone."""
    notices: Sequence[Notice] = ()
    """What is to be known of everything that is found."""

    def retrieve(
        self,
        query: str,
        *,
        workspace_id: str,
        filters: Filters | None,
        limit: int,
        enough: Callable[[Sequence[Passage]], bool] | None = None,
    ) -> list[Passage]:
        """The best passages that may be seen, best first; a text is returned once for each document that holds it.

        With `enough`, all that were found once it says so of them; without it, as soon as there are `limit`, and these.

        Raises:
            ModelError: the embedder failed.
            VectorsUnavailable: the vector store failed.
            InvalidFilter: the filters cannot be read.
        """
        condition = condition_of(filters)
        where = VectorFilter(workspace_id=workspace_id, condition=condition if self.values else None)
        dense = query_embedding(self.embedder, query) if self.meaning else None
        sparse = query_vector(query) if self.words else NO_WORDS
        meaning = share_of_meaning(query, self.embedder)
        ask = min(DEEPEST, limit + SPARE)
        while True:

            def look(ask: int = ask) -> list[ScoredPoint]:
                return self.vectors.search(dense=dense, sparse=sparse, where=where, limit=ask, meaning=meaning)

            hits, chunks = self._of_one_moment(workspace_id, look)
            found = list(self._visible(workspace_id, condition, hits, chunks))
            satisfied = enough(found) if enough is not None else len(found) >= limit
            if satisfied or len(hits) < ask or ask >= DEEPEST:
                return found if enough is not None else found[:limit]
            ask = min(DEEPEST, ask * 4)

    def _of_one_moment(self, workspace_id: str, look: Callable[[], list[ScoredPoint]]) -> _Found:
        """Hits with their chunks.

        A document's chunks may be replaced between the search and the look into SQL. Then neither the old ones nor all
        of the new ones are among the hits, and both are looked for again, until nothing was replaced in between.
        """
        known: Mapping[str, Hashable] = {}
        for _ in range(TRIES):
            hits = look()
            chunks = self.chunks.chunks(workspace_id, [hit.id for hit in hits])
            missing = {hit.document_id for hit in hits if hit.id not in chunks}
            editions = self.chunks.editions(workspace_id, missing) if missing else {}
            if editions.items() <= known.items():
                break
            known = editions
        return hits, chunks

    def _visible(
        self,
        workspace_id: str,
        condition: Condition | None,
        hits: Sequence[ScoredPoint],
        chunks: Mapping[str, StoredChunk],
    ) -> Iterator[Passage]:
        wanted = self.wanted(workspace_id, condition, {chunk.document_id for chunk in chunks.values()})
        seen: set[tuple[str, str]] = set()
        for hit in hits:
            chunk = chunks.get(hit.id)
            if chunk is None or chunk.document_id not in wanted or (chunk.document_id, chunk.text) in seen:
                continue
            seen.add((chunk.document_id, chunk.text))
            yield Passage(chunk=chunk, score=hit.score)

    def wanted(self, workspace_id: str, condition: Condition | None, document_ids: Collection[str]) -> Collection[str]:
        """Those of the documents for which the filter holds: the index may lag behind, and rounds numbers."""
        if condition is None:
            return document_ids
        facts = self.chunks.facts(workspace_id, document_ids)
        return {each for each, known in facts.items() if holds(condition, known)}
