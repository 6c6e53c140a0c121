"""The passages that a search shows and an answer rests on: the best, each said once, neighbours together."""

from collections.abc import Sequence

from pipeline.answering.duplicates import distinct
from pipeline.answering.neighbours import joined
from pipeline.answering.passage import Passage
from pipeline.answering.reranking import reranked
from pipeline.answering.retrieval import Corpus
from schemas.answers import Filters
from schemas.documents import Notice


def best_passages(
    corpus: Corpus, query: str, *, workspace_id: str, filters: Filters | None, limit: int
) -> tuple[list[Passage], list[Notice]]:
    """The best passages that may be seen, best first; the `rerank` best get a second look where there is a reranker.

    What is nearly the same counts as one (`duplicates`), and so do neighbours (`neighbours`): as long as that leaves
    fewer than `limit`, more are looked through.

    Raises:
        ModelError: the embedder failed.
        VectorsUnavailable: the vector store failed.
        InvalidFilter: the filters cannot be read.
    """
    choice = _Choice(query, limit, 0 if corpus.reranker is None else corpus.rerank)
    first = max(limit, choice.second_look)
    corpus.retrieve(query, workspace_id=workspace_id, filters=filters, limit=first, enough=choice)
    warnings = list(corpus.notices)
    if corpus.reranker is None:
        return choice.shown, warnings
    again, failures = reranked(query, choice.distinct[: corpus.rerank], corpus.reranker)
    return joined([*again, *choice.distinct[corpus.rerank :]], limit), [*warnings, *failures]


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
