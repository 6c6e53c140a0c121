from dataclasses import replace

import numpy as np
import pytest

from pipeline.stores.hybrid import fused, hybrid
from pipeline.stores.vectors import ScoredPoint, SparseVector, VectorFilter, candidates

WHERE = VectorFilter(workspace_id="w")
DENSE = np.array([1.0, 0.0], np.float32)
MANY = {f"n{number}": 0.1 + number / 1000 for number in range(candidates(1))}
"""As many points, near one another, as a list holds."""
WORDS = SparseVector(indices=[1], values=[1.0])


def hits(**scores: float) -> list[ScoredPoint]:
    return [ScoredPoint(id=name, document_id="d", score=score) for name, score in scores.items()]


def order(found: list[ScoredPoint]) -> list[str]:
    return [hit.id for hit in found]


class Store:
    """Points on a plane; what was asked by meaning is kept."""

    def __init__(self, worded: list[ScoredPoint], **angles: float) -> None:
        self.worded = worded
        self.points = {name: np.array([np.cos(angle), np.sin(angle)], np.float32) for name, angle in angles.items()}
        self.asked: list[np.ndarray] = []

    def nearest(self, query, where, count):
        assert replace(where, ids=None) == WHERE
        if isinstance(query, SparseVector):
            return [hit for hit in self.worded if where.ids is None or hit.id in where.ids][:count]
        if where.ids is None:
            self.asked.append(query)
        names = self.points if where.ids is None else self.points.keys() & where.ids
        found = [ScoredPoint(id=name, document_id="d", score=float(query @ self.points[name])) for name in names]
        return sorted(found, key=lambda hit: -hit.score)[:count]

    def scores(self, query, where, count):
        return {hit.id: hit.score for hit in self.nearest(query, where, count)}

    def dense_of(self, ids):
        return [self.points[name] for name in ids]


def ask(store: Store, sparse: SparseVector = WORDS, meaning: float = 0.75, limit: int = 5) -> list[str]:
    return order(hybrid(store, dense=DENSE, sparse=sparse, where=WHERE, limit=limit, meaning=meaning))


def test_without_a_vector_only_words_are_searched_and_without_words_only_the_vector() -> None:
    store = Store(hits(said=12.0, meant=1.0), meant=0.1, said=1.0)
    assert order(hybrid(store, dense=None, sparse=WORDS, where=WHERE, limit=1, meaning=0.75)) == ["said"]
    assert store.asked == []
    nothing = SparseVector(indices=[], values=[])
    assert hybrid(store, dense=None, sparse=nothing, where=WHERE, limit=5, meaning=0.75) == []
    assert ask(store, sparse=nothing) == ["meant", "said"]


def test_the_share_of_meaning_decides_between_two_sure_lists() -> None:
    near, worded = hits(meant=0.9, said=0.1), hits(said=12.0, meant=1.0)
    assert order(fused(near, worded, 0.9)) == ["meant", "said"]
    assert order(fused(near, worded, 0.1)) == ["said", "meant"]


def test_a_list_that_knows_nothing_spoils_no_list_that_does() -> None:
    unsure = hits(a=0.31, b=0.30, c=0.29, right=0.28)
    assert order(fused(unsure, hits(right=20.0, a=2.0), 0.5))[0] == "right"


def test_scores_of_words_count_by_their_share_of_the_best() -> None:
    small, large = hits(x=0.2, y=0.1), hits(x=200.0, y=100.0)
    assert [hit.score for hit in fused([], small, 0.3)] == [hit.score for hit in fused([], large, 0.3)]


def test_what_one_list_does_not_know_has_no_words_and_the_least_cosine() -> None:
    found = {hit.id: hit.score for hit in fused(hits(a=0.8, b=0.4), hits(c=5.0), 0.5)}
    assert found == {"a": 0.4, "b": 0.2, "c": 0.5 * 0.4 + 0.5}


def test_a_hit_by_words_has_the_cosine_that_it_has_however_far_it_is() -> None:
    store = Store(hits(far=5.0, farther=5.0), far=1.5, farther=3.0, **MANY)
    found = hybrid(store, dense=DENSE, sparse=WORDS, where=WHERE, limit=10, meaning=0.3)
    assert [hit.id for hit in found[:2]] == ["far", "farther"]
    assert found[0].score - found[1].score == pytest.approx(0.3 * (np.cos(1.5) - np.cos(3.0)), abs=1e-6)


def test_a_hit_by_meaning_has_the_words_that_it_has_however_few() -> None:
    many = hits(**{name: 9.0 - number / 1000 for number, name in enumerate(MANY)}, far=4.5)
    store = Store(many, far=0.0, **MANY)
    found = hybrid(store, dense=DENSE, sparse=WORDS, where=WHERE, limit=1, meaning=0.3)
    assert found[0].id == "n0"
    (far,) = [
        hit for hit in hybrid(store, dense=DENSE, sparse=WORDS, where=WHERE, limit=99, meaning=0.3) if hit.id == "far"
    ]
    assert far.score == pytest.approx(0.3 + 0.7 / 2, abs=1e-6)


def test_a_hit_that_was_removed_between_two_questions_is_no_fault() -> None:
    assert ask(Store(hits(gone=5.0, n3=4.9), **MANY), meaning=0.3)[:2] == ["gone", "n3"]


def test_equal_scores_are_in_the_same_order_every_time() -> None:
    assert order(fused(hits(b=0.5, a=0.5), hits(c=1.0), 0.5)) == order(fused(hits(a=0.5, b=0.5), hits(c=1.0), 0.5))


def test_the_query_is_moved_towards_the_first_hits() -> None:
    store = Store(hits(first=2.0, second=2.0, third=2.0), first=0.5, second=0.6, other=-0.7, third=1.1)
    # By the question alone `other` is nearer than `third`; by what the first two are about it is not.
    assert ask(store).index("third") < ask(store).index("other")
    assert store.asked[1] @ store.points["first"] > store.asked[0] @ store.points["first"]
    np.testing.assert_allclose(np.linalg.norm(store.asked[1]), 1, atol=1e-6)


def test_meaning_that_counts_little_does_not_move_the_query() -> None:
    store = Store(hits(first=2.0, second=2.0), first=0.5, second=0.6, third=0.7)
    ask(store, meaning=0.3)
    assert len(store.asked) == 1


def test_no_words_and_no_hits_are_no_fault() -> None:
    nothing = SparseVector(indices=[], values=[])
    assert ask(Store([], a=0.2, b=0.1), nothing) == ["b", "a"]
    assert ask(Store([])) == []
    assert len(ask(Store(hits(a=1.0), a=0.2, b=0.1, c=0.3), limit=2)) == 2
