"""Pages that are found by their pictures, fused with the passages that a search found.

The two lists have scores of no common scale, so that ranks are fused: weighted reciprocal rank fusion (Cormack, Clarke
& Buettcher 2009, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods", SIGIR). What only
one of the lists can know, a page without text or a passage of a recording, has its rank there in both: it would come
behind everything else otherwise. A page is no citation: it lifts the passages that stand on it, and is a hit of its own
only where it has no text.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from pipeline.answering.passage import Passage, StoredChunk
from pipeline.answering.retrieval import SPARE, TRIES, Corpus
from pipeline.errors import ModelError
from pipeline.filtering.requested import condition_of
from pipeline.models.page_embedding import Matrix, PageEmbedder
from pipeline.stores.pages import PageVectors
from pipeline.stores.vectors import VectorFilter
from schemas.answers import Filters
from schemas.documents import Notice

log = logging.getLogger("sheaf.answering")

DEPTH = 50
"""Of both lists, that are fused; a passage further down still counts as standing on its page."""
RANKED = 60
"""What ranks are added to (k of the paper): how little the first ranks differ."""
BROUGHT = 3
"""Passages that a page brings of which none was found by its words, the first ones on it."""
NOT_SEARCHED = "The model of page pictures failed; pages were found by their text only."


class StoredPage(Protocol):
    """A page as SQL holds it."""

    @property
    def id(self) -> str:
        """As in the vector store."""

    @property
    def document_id(self) -> str:
        """Whose page it is."""

    @property
    def document_name(self) -> str:
        """The document's name as its owner gave it."""

    @property
    def number(self) -> int:
        """Counted from 1."""

    @property
    def chunks(self) -> Sequence[str]:
        """Ids of the chunks that stand on it, in reading order."""


class PageSource(Protocol):
    """Looks pages up in SQL."""

    def pages(self, workspace_id: str, ids: Sequence[str]) -> Mapping[str, StoredPage]:
        """Those of the ids that are pages of the workspace's present documents."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PageHit:
    """A page without text that matches."""

    page: StoredPage
    score: float


Found = Passage | PageHit


@dataclass(frozen=True, kw_only=True, slots=True)
class PageSearch:
    """All that is needed to find pages by their pictures."""

    embedder: PageEmbedder
    vectors: PageVectors
    source: PageSource
    weight: float = 1.0
    """Of a page's rank; that of a passage is 1."""

    def fused(
        self,
        corpus: Corpus,
        query: str,
        *,
        workspace_id: str,
        filters: Filters | None,
        limit: int,
        enough: Callable[[Sequence[Passage]], bool] | None = None,
    ) -> tuple[list[Found], list[Notice]]:
        """The passages (as `Corpus.retrieve` finds them) and pages that may be seen, best first, `DEPTH` at least.

        A model that fails costs the pages, with a notice.

        Raises:
            ModelError: the embedder of texts failed.
            VectorsUnavailable: a vector store failed.
            InvalidFilter: the filters cannot be read.
        """
        passages = corpus.retrieve(
            query, workspace_id=workspace_id, filters=filters, limit=max(limit, DEPTH), enough=enough
        )
        try:
            asked = self.embedder.embed_query(query)
        except ModelError as error:
            log.warning("pages are not searched: %s: %s", error.name, error)
            return [*passages], [Notice(code="pages-not-searched", message=NOT_SEARCHED)]
        pages = self._visible(corpus, asked, workspace_id, filters)
        wanted = [chunk for page in pages for chunk in page.chunks[:BROUGHT]]
        known = {passage.chunk.id for passage in passages}
        brought = corpus.chunks.chunks(workspace_id, [each for each in wanted if each not in known])
        return self._merged(passages, pages, brought), []

    def _visible(self, corpus: Corpus, asked: Matrix, workspace_id: str, filters: Filters | None) -> list[StoredPage]:
        """Pages that may be seen, best first."""
        condition = condition_of(filters)
        where = VectorFilter(workspace_id=workspace_id, condition=condition if corpus.values else None)
        missing: set[str] = set()
        for _ in range(TRIES):  # a document may be replaced between the search and the look into SQL
            hits = self.vectors.nearest(asked, where, DEPTH + SPARE)
            stored = self.source.pages(workspace_id, [hit.id for hit in hits])
            before, missing = missing, {hit.id for hit in hits} - stored.keys()
            if missing <= before:
                break
        wanted = corpus.wanted(workspace_id, condition, {page.document_id for page in stored.values()})
        found = (stored[hit.id] for hit in hits if hit.id in stored)
        return [page for page in found if page.document_id in wanted][:DEPTH]

    def _merged(
        self, passages: Sequence[Passage], pages: Sequence[StoredPage], brought: Mapping[str, StoredChunk]
    ) -> list[Found]:
        there = {passage.chunk.id: passage for passage in passages}
        scores = {
            passage.chunk.id: (1.0 if _on_page(passage) else 1.0 + self.weight) / (RANKED + rank)
            for rank, passage in enumerate(passages, 1)
        }
        lifted: set[str] = set()
        bare: list[PageHit] = []
        for rank, page in enumerate(pages, 1):
            score = self.weight / (RANKED + rank)
            if not page.chunks:
                bare.append(PageHit(page=page, score=score + 1 / (RANKED + rank)))
            for chunk in _standing(page, there, brought):
                if chunk not in lifted:  # one that stands on two pages counts for the better one
                    lifted.add(chunk)
                    scores[chunk] = scores.get(chunk, 0.0) + score
        found: list[Found] = [*bare]
        for chunk, score in scores.items():
            known = there.get(chunk) or Passage(chunk=brought[chunk], score=0.0)
            found.append(replace(known, score=score))
        return sorted(found, key=lambda one: -one.score)


def _on_page(passage: Passage) -> bool:
    return any("page" in anchor for anchor in passage.chunk.anchors)


def _standing(page: StoredPage, there: Mapping[str, Passage], brought: Mapping[str, StoredChunk]) -> Iterator[str]:
    """The page's passages that were found by their words; where none was, its first ones."""
    found = [chunk for chunk in page.chunks if chunk in there]
    yield from found or [chunk for chunk in page.chunks[:BROUGHT] if chunk in brought]
