"""What the vector store proposes is shown only where SQL knows it, and enough is looked through to fill the limit."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from pipeline.answering.retrieval import DEEPEST, SPARE, TRIES, Corpus
from pipeline.errors import InvalidFilter
from pipeline.filtering.conditions import Facts
from pipeline.filtering.parse import parse
from pipeline.stores.vectors import ScoredPoint, VectorFilter
from schemas.answers import Filters


@dataclass
class Shelf:
    """An embedder, a vector store and SQL in one: hits are numbered, best first, and some may not be seen."""

    hits: int
    seen: set[int]
    twins: dict[int, int] = field(default_factory=dict)
    """Hits whose text is that of another hit of the same document."""
    asked: list[int] = field(default_factory=list)
    where: VectorFilter | None = None
    editions_seen: list[int] = field(default_factory=list)
    """Of the chunks that the document has, though some of its hits may not be seen; the last for ever."""

    def embed(self, texts: list[str]) -> Any:
        return np.ones((len(texts), 2), np.float32)

    def search(self, *, dense: Any, sparse: Any, where: VectorFilter, limit: int, meaning: float) -> list[ScoredPoint]:
        assert 0 < meaning < 1
        self.asked.append(limit)
        self.where = where
        return [ScoredPoint(id=str(n), document_id="d", score=1 / (n + 1)) for n in range(min(limit, self.hits))]

    def chunks(self, workspace_id: str, ids: list[str]) -> dict[str, Any]:
        return {i: _Chunk(i, f"text {self.twins.get(int(i), i)}") for i in ids if int(i) in self.seen}

    def facts(self, workspace_id: str, document_ids: set[str]) -> dict[str, Facts]:
        fields = {"/total": [Decimal("5.0")]}
        known = Facts(document_id="d", collection="c", media_type="text/plain", uploaded=0.0, fields=fields)
        return dict.fromkeys(document_ids, known)

    def editions(self, workspace_id: str, document_ids: set[str]) -> dict[str, int]:
        assert document_ids, "nothing is asked where nothing is missing"
        return (
            {"d": self.editions_seen.pop(0) if len(self.editions_seen) > 1 else self.editions_seen[0]}
            if self.editions_seen
            else {}
        )


@dataclass
class _Chunk:
    id: str
    text: str
    document_id: str = "d"


def retrieve(shelf: Shelf, limit: int = 3, filters: Filters | None = None) -> list[int]:
    corpus = Corpus(embedder=shelf, vectors=shelf, chunks=shelf)  # type: ignore[arg-type]  # all three at once
    found = corpus.retrieve("quay", workspace_id="w", filters=filters, limit=limit)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    return [int(one.chunk.id) for one in found]


def test_the_best_that_may_be_seen_come_first() -> None:
    shelf = Shelf(hits=100, seen={1, 4, 5, 9})
    assert retrieve(shelf) == [1, 4, 5]
    assert shelf.asked == [3 + SPARE]


@pytest.mark.parametrize(("editions", "searches"), [([1], 2), ([1, 2], 3), ([1, 2, 3], 4), ([*range(99)], TRIES)])
def test_it_is_searched_again_until_no_chunks_were_replaced_meanwhile(editions: list[int], searches: int) -> None:
    """Chunks that are missing may also be on their way; then one more search shows that nothing was replaced."""
    shelf = Shelf(hits=100, seen={1, 4, 5, 9}, editions_seen=editions)
    assert retrieve(shelf) == [1, 4, 5]
    assert shelf.asked == [13] * searches


def test_where_most_are_gone_more_are_looked_through() -> None:
    shelf = Shelf(hits=5_000, seen={700, 701, 702})
    assert retrieve(shelf) == [700, 701, 702]
    assert shelf.asked == [13, 52, 208, 832]


def test_looking_ends_where_there_are_no_more_hits() -> None:
    shelf = Shelf(hits=40, seen={39})
    assert retrieve(shelf) == [39]
    assert shelf.asked == [13, 52]


def test_looking_ends_at_the_deepest() -> None:
    shelf = Shelf(hits=10**6, seen=set())
    assert retrieve(shelf) == []
    assert shelf.asked[-1] == DEEPEST
    assert shelf.asked == sorted(set(shelf.asked))


def test_a_text_is_returned_once_for_a_document() -> None:
    assert retrieve(Shelf(hits=9, seen=set(range(9)), twins={1: 0, 2: 0})) == [0, 3, 4]


@pytest.mark.parametrize("filters", [None, Filters()])
def test_every_search_is_bound_to_the_workspace(filters: Filters | None) -> None:
    shelf = Shelf(hits=1, seen={0})
    retrieve(shelf, filters=filters)
    assert shelf.where == VectorFilter(workspace_id="w")


def test_filters_narrow_the_search() -> None:
    shelf = Shelf(hits=1, seen={0})
    asked = Filters(collection="c", document_ids=["d"], media_types=["text/plain"], fields={"/total": 5})
    assert retrieve(shelf, filters=asked) == [0]
    said = "collection = 'c' and document = 'd' and type = 'text/plain' and fields./total = 5"
    assert shelf.where == VectorFilter(workspace_id="w", condition=parse(said))
    assert retrieve(shelf, filters=Filters(where=said)) == [0]


def test_documents_for_which_a_filter_does_not_hold_are_not_shown_whatever_the_index_says() -> None:
    """The index holds numbers in binary and may lag behind."""
    shelf = Shelf(hits=9, seen=set(range(9)))
    assert retrieve(shelf, filters=Filters(where="fields./total > 5")) == []
    assert retrieve(shelf, filters=Filters(where="fields./total >= 5"))


def test_a_filter_that_cannot_be_read_is_refused_before_anything_is_asked() -> None:
    shelf = Shelf(hits=1, seen={0})
    with pytest.raises(InvalidFilter):
        retrieve(shelf, filters=Filters(where="total > 5"))
    assert shelf.asked == []
