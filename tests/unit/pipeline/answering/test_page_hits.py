"""Ranks of passages and of pages are fused: pages lift what stands on them, and are checked against SQL."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from pipeline.answering.choosing import best_hits, best_passages
from pipeline.answering.page_hits import BROUGHT, PageHit, PageSearch
from pipeline.answering.passage import Passage
from pipeline.answering.retrieval import TRIES, Corpus
from pipeline.errors import ModelTimeout
from pipeline.models.page_embedding import Matrix
from pipeline.stores.vectors import ScoredPoint, VectorFilter
from schemas.answers import Filters
from schemas.documents import Notice


@dataclass(frozen=True)
class Chunk:
    id: str
    page: bool = True
    document_id: str = "d"
    document_name: str = "d.pdf"
    section: None = None
    revision: int = 1
    number: int = 0

    @property
    def text(self) -> str:
        return f"text of {self.id}"

    @property
    def anchors(self) -> list[dict[str, Any]]:
        return [{"at": 0, "length": 1, "page": 1} if self.page else {"at": 0, "length": 1, "time": [0, 1]}]


@dataclass(frozen=True)
class Stored:
    id: str
    chunks: Sequence[str] = ()
    document_id: str = "d"
    document_name: str = "d.pdf"
    number: int = 1


@dataclass
class Library:
    """Everything in one: what is found by words, what by pictures, and what SQL knows, all best first."""

    worded: Sequence[Chunk]
    pages: Sequence[Stored]
    others: Sequence[Chunk] = ()
    gone: set[str] = field(default_factory=set)
    fails: bool = False
    visible: Collection[str] = ("d",)
    looked: int = 0

    def retrieve(
        self,
        query: str,
        *,
        workspace_id: str,
        filters: Filters | None,
        limit: int,
        enough: Callable[[Sequence[Passage]], bool],
    ) -> list[Passage]:
        found = [Passage(chunk=chunk, score=1.0) for chunk in self.worded]
        enough(found)
        return found

    def wanted(self, workspace_id: str, condition: object, document_ids: Collection[str]) -> set[str]:
        return {*document_ids}.intersection(self.visible)

    def embed_query(self, query: str) -> Matrix:
        if self.fails:
            raise ModelTimeout
        return np.ones((1, 2), np.float32)

    def nearest(self, query: Matrix, where: VectorFilter, count: int) -> list[ScoredPoint]:
        self.looked += 1
        return [ScoredPoint(id=page.id, document_id=page.document_id, score=1.0) for page in self.pages]


@dataclass
class Sql:
    """What SQL knows of it."""

    library: Library

    def chunks(self, workspace_id: str, ids: Sequence[str]) -> dict[str, Chunk]:
        known = {chunk.id: chunk for chunk in (*self.library.worded, *self.library.others)}
        return {each: known[each] for each in ids if each in known}

    def pages(self, workspace_id: str, ids: Sequence[str]) -> Mapping[str, Stored]:
        return {page.id: page for page in self.library.pages if page.id in ids and page.id not in self.library.gone}


@dataclass(frozen=True)
class FakeCorpus:
    library: Library
    chunks: Sql
    pages: PageSearch
    reranker: Any = None
    rerank: int = 50
    notices: Sequence[Notice] = ()
    values: bool = True

    def retrieve(self, query: str, **more: Any) -> list[Passage]:
        return self.library.retrieve(query, **more)

    def wanted(self, *about: Any) -> set[str]:
        return self.library.wanted(*about)


def corpus(library: Library, *, weight: float = 1.0, reranker: Any = None) -> Corpus:
    sql, model = Sql(library), cast("Any", library)
    pages = PageSearch(embedder=model, vectors=model, source=sql, weight=weight)
    return cast("Corpus", FakeCorpus(library, sql, pages, reranker))


def found(library: Library, limit: int = 10, **more: Any) -> list[str]:
    hits, _ = best_hits(corpus(library, **more), "q", workspace_id="w", filters=None, limit=limit)
    return [hit.page.id if isinstance(hit, PageHit) else hit.chunk.id for hit in hits]


A, B, C = Chunk("a"), Chunk("b"), Chunk("c")


def test_a_page_lifts_the_passages_on_it_that_words_have_found() -> None:
    assert found(Library([A, B, C], [])) == ["a", "b", "c"]
    assert found(Library([A, B, C], [Stored("p", ["x", "c"])], others=[Chunk("x")])) == ["c", "a", "b"]


def test_a_page_without_such_a_passage_brings_its_first_ones() -> None:
    new = [Chunk(f"n{number}") for number in range(BROUGHT + 2)]
    brought = found(Library([A], [Stored("p", [chunk.id for chunk in new])], others=new), weight=2.0)
    assert brought == [*(chunk.id for chunk in new[:BROUGHT]), "a"]


def test_a_passage_that_stands_on_two_pages_is_lifted_once() -> None:
    library = Library([A, B], [Stored("p", ["b"]), Stored("q", ["b"])])
    hits, _ = best_hits(corpus(library), "q", workspace_id="w", filters=None, limit=5)
    assert [hit.score for hit in hits] == [1 / 62 + 1 / 61, 1 / 61]


def test_what_only_one_list_can_know_has_its_rank_in_both() -> None:
    heard = Chunk("heard", page=False)
    assert {*found(Library([heard, A], [Stored("bare"), Stored("p", ["a"])]))[:2]} == {"heard", "bare"}
    assert found(Library([A, heard], [Stored("p", ["a"]), Stored("bare")]))[0] == "a"


def test_a_weight_decides_between_the_lists() -> None:
    library = Library([A, B], [Stored("p", ["b"]), Stored("q", ["a"])])
    assert found(library, weight=0.5) == ["a", "b"]
    assert found(library, weight=2.0) == ["b", "a"]


def test_pages_of_deleted_or_unwanted_documents_are_not_seen() -> None:
    library = Library([A], [Stored("gone"), Stored("other", document_id="x"), Stored("there")], gone={"gone"})
    assert found(library) == ["there", "a"]
    assert library.looked == 2 < TRIES, "once more, since a document may have been replaced meanwhile"


def test_no_more_than_the_limit_and_answers_get_passages_only() -> None:
    library = Library([A, B], [Stored("bare"), Stored("other")])
    assert len(found(library, limit=2)) == 2
    passages, _ = best_passages(corpus(library), "q", workspace_id="w", filters=None, limit=4)
    assert [passage.chunk.id for passage in passages] == ["a", "b"]


def test_neighbours_among_what_a_page_lifts_are_one_hit() -> None:
    first, second = Chunk("first", number=4), Chunk("second", number=5)
    library = Library([A, first, second], [Stored("p", ["first", "second"]), Stored("bare")])
    assert found(library) == ["first", "bare", "a"]


def test_a_model_that_fails_costs_the_pages_only() -> None:
    library = Library([A, B], [Stored("p", ["b"])], fails=True)
    hits, notices = best_hits(corpus(library), "q", workspace_id="w", filters=None, limit=1)
    assert [notice.code for notice in notices] == ["pages-not-searched"]
    assert [hit.chunk.id for hit in hits if isinstance(hit, Passage)] == ["a"]


def test_a_reranker_orders_passages_and_leaves_pages_in_their_places() -> None:
    class LastFirst:
        name = "last"

        def scores(self, query: str, passages: Sequence[str]) -> list[float]:
            return [float(number) for number in range(len(passages))]

    assert found(Library([A, B], [Stored("bare")]), reranker=LastFirst()) == ["bare", "b", "a"]
