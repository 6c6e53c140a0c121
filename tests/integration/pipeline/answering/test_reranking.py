"""A second look puts hits in a better order, and its failure costs nothing else."""

from dataclasses import dataclass, field
from typing import Any

from pipeline.answering.ask import ask, whole_answer
from pipeline.answering.choosing import best_passages
from pipeline.answering.retrieval import Corpus
from pipeline.answering.search import search
from pipeline.errors import ModelTimeout
from pipeline.models.hashing import HashingEmbedder
from schemas.answers import AnswerRequest, SearchRequest
from tests.support.corpus import SmallCorpus, written


@dataclass
class LongestFirst:
    """A reranker that prefers long passages."""

    fails: bool = False
    name: str = "longest"
    asked: list[list[str]] = field(default_factory=list)

    def scores(self, query: str, passages: list[str]) -> list[float]:
        self.asked.append(passages)
        if self.fails:
            raise ModelTimeout
        return [float(len(passage)) for passage in passages]


def corpus(tmp_path: Any, reranker: LongestFirst, rerank: int = 50) -> Corpus:
    small = SmallCorpus(tmp_path, HashingEmbedder(32))
    for number in range(6):
        small.add(f"d{number}", written("The quay." + " It is open at night." * number))
    made = small.corpus
    return Corpus(embedder=made.embedder, vectors=made.vectors, chunks=made.chunks, reranker=reranker, rerank=rerank)


def test_the_best_hits_are_put_in_the_rerankers_order_and_a_deeper_one_can_come_up(tmp_path: Any) -> None:
    reranker = LongestFirst()
    found = search(SearchRequest(query="quay", limit=2), workspace_id="w", corpus=corpus(tmp_path, reranker))
    assert [hit.document_id for hit in found.items] == ["d5", "d4"]
    assert found.warnings == []
    assert len(reranker.asked[0]) == 6


def test_only_so_many_get_a_second_look_and_the_others_follow(tmp_path: Any) -> None:
    reranker = LongestFirst()
    made = corpus(tmp_path, reranker, rerank=2)
    plain = [one.chunk.id for one in made.retrieve("quay", workspace_id="w", filters=None, limit=6)]
    found, _ = best_passages(made, "quay", workspace_id="w", filters=None, limit=6)
    assert len(reranker.asked[0]) == 2
    assert [one.chunk.id for one in found][2:] == plain[2:]
    assert {one.chunk.id for one in found[:2]} == set(plain[:2])


def test_where_it_fails_hits_stay_as_they_were_and_a_warning_says_so(tmp_path: Any) -> None:
    made = corpus(tmp_path, LongestFirst(fails=True))
    plain = [one.chunk.id for one in made.retrieve("quay", workspace_id="w", filters=None, limit=3)]
    found = search(SearchRequest(query="quay", limit=3), workspace_id="w", corpus=made)
    assert [hit.chunk_id for hit in found.items] == plain
    assert [warning.code for warning in found.warnings] == ["model-timeout"]
    answer = whole_answer(ask(AnswerRequest(question="Is the quay open?"), workspace_id="w", corpus=made, chat=None))
    assert [warning.code for warning in answer.warnings] == ["model-timeout"]
