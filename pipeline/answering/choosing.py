"""The passages that a search shows and an answer rests on: the best, each said once, neighbours together."""

from collections.abc import Sequence

from pipeline.answering.duplicates import distinct
from pipeline.answering.neighbours import joined
from pipeline.answering.page_hits import Found
from pipeline.answering.passage import Passage
from pipeline.answering.presence import present
from pipeline.answering.reranking import reranked
from pipeline.answering.retrieval import Corpus
from schemas.answers import Filters
from schemas.documents import Notice


def best_passages(
    corpus: Corpus, query: str, *, workspace_id: str, filters: Filters | None, limit: int
) -> tuple[list[Passage], list[Notice]]:
    """As `best_hits`, but for pages without text, of which nothing can be quoted."""
    found, warnings = best_hits(corpus, query, workspace_id=workspace_id, filters=filters, limit=limit)
    return [one for one in found if isinstance(one, Passage)], warnings


def best_hits(
    corpus: Corpus, query: str, *, workspace_id: str, filters: Filters | None, limit: int
) -> tuple[list[Found], list[Notice]]:
    """The best that may be seen, best first; the `rerank` best passages get a second look where there is a reranker.

    What is nearly the same counts as one (`duplicates`), and so do neighbours (`neighbours`): as long as that leaves
    fewer than `limit`, more are looked through.

    Raises:
        ModelError: the embedder failed.
        VectorsUnavailable: the vector store failed.
        InvalidFilter: the filters cannot be read.
    """
    choice = _Choice(query, limit, 0 if corpus.reranker is None else corpus.rerank)
    first = max(limit, choice.second_look)
    warnings = list(corpus.notices)
    if corpus.pages is None:
        corpus.retrieve(query, workspace_id=workspace_id, filters=filters, limit=first, enough=choice)
        found: list[Found] = []
    else:
        found, missed = corpus.pages.fused(
            corpus, query, workspace_id=workspace_id, filters=filters, limit=first, enough=choice
        )
        choice([one for one in found if isinstance(one, Passage)])  # in another order, and some more
        warnings += missed
    shown = choice.shown
    if corpus.reranker is not None:
        again, failures = reranked(query, choice.distinct[: corpus.rerank], corpus.reranker)
        shown = joined([*again, *choice.distinct[corpus.rerank :]], limit)
        warnings += failures
    best = _with_pages(found, shown)[:limit]
    if corpus.reranker is None and corpus.pages is None:
        return best, warnings
    # A model was waited for since SQL was asked.
    return present(corpus, best, workspace_id=workspace_id, filters=filters), warnings


def _with_pages(found: Sequence[Found], shown: Sequence[Passage]) -> list[Found]:
    """The passages, with each page behind as many of them as it was found behind."""
    mixed: list[Found] = [*shown]
    kept = {passage.chunk.id for passage in shown}
    ahead, inserted = 0, 0
    for one in found:
        if isinstance(one, Passage):
            ahead += one.chunk.id in kept
        else:
            mixed.insert(ahead + inserted, one)
            inserted += 1
    return mixed


class _Choice:
    """Whether enough was found; and what is left of it."""

    def __init__(self, query: str, limit: int, second_look: int) -> None:
        self.second_look = second_look
        self.distinct: list[Passage] = []
        self.shown: list[Passage] = []
        self._query = query
        self._limit = limit

    def __call__(self, found: Sequence[Passage]) -> bool:
        self.distinct = distinct(found, self._query)
        self.shown = joined(self.distinct, self._limit)
        return len(self.shown) >= self._limit and len(self.distinct) >= self.second_look
