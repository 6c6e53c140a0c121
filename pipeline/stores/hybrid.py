"""Search by both vectors of the points, the same in every vector store.

The two lists are fused by their scores, not by their ranks: a convex combination of the cosine and of the BM25 score
relative to the best (Bruch, Gai & Ingber 2023, "An Analysis of Fusion Functions for Hybrid Retrieval", arXiv
2210.11934). Ranks alone hide how sure each list is, so that a list that knows nothing spoils one that does. What only
one of the lists holds is looked up in the other, so that no score has to be guessed.

By meaning the query is asked twice: moved towards the first hits the second time (Rocchio 1971, pseudo relevance
feedback).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.stores.vectors import ScoredPoint, SparseVector, VectorFilter, candidates

FED = 2
"""Hits that the query is moved towards,"""
FEEDBACK = 0.5
"""by this much of their mean."""
LEAST_SHARE = 0.5
"""Of meaning in the score, for hits to tell what is meant."""


class Lists(Protocol):
    """What a vector store answers to either vector alone."""

    def nearest(self, query: NDArray[np.float32] | SparseVector, where: VectorFilter, count: int) -> list[ScoredPoint]:
        """Best first, with cosines for a dense query, and for a sparse one dot products after IDF."""

    def scores(self, query: NDArray[np.float32] | SparseVector, where: VectorFilter, count: int) -> dict[str, float]:
        """As `nearest`, by the ids of the points: cheaper where nothing else of them is asked for."""

    def dense_of(self, ids: Sequence[str]) -> list[NDArray[np.float32]]:
        """The dense vectors of those of the points that there are, in any order."""


def hybrid(
    store: Lists,
    *,
    dense: NDArray[np.float32] | None,
    sparse: SparseVector,
    where: VectorFilter,
    limit: int,
    meaning: float,
) -> list[ScoredPoint]:
    """What `Vectors.search` gives."""
    count = candidates(limit)
    worded = store.nearest(sparse, where, count) if sparse.indices else []
    if dense is None:
        return worded[:limit]
    near = store.nearest(dense, where, count)
    if not worded:
        return near[:limit]
    if meaning >= LEAST_SHARE:
        dense = _moved(dense, store.dense_of([hit.id for hit in fused(near, worded, meaning)[:FED]]))
        near = store.nearest(dense, where, count)
    known = near + _among(store, dense, worded, near, where)
    return fused(known, worded + _among(store, sparse, near, worded, where), meaning)[:limit]


def _moved(dense: NDArray[np.float32], towards: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    moved = dense + FEEDBACK * np.mean(towards or [dense], axis=0)
    unit: NDArray[np.float32] = (moved / (np.linalg.norm(moved) or 1.0)).astype(np.float32)
    return unit


def _among(
    store: Lists,
    query: NDArray[np.float32] | SparseVector,
    hits: Sequence[ScoredPoint],
    known: Sequence[ScoredPoint],
    where: VectorFilter,
) -> list[ScoredPoint]:
    """What the query's scores are of those of the hits that are not known."""
    there = {hit.id for hit in known}
    rest = {hit.id: hit for hit in hits if hit.id not in there}
    scores = store.scores(query, replace(where, ids=rest.keys()), len(rest)) if rest else {}
    return [replace(rest[name], score=score) for name, score in scores.items()]


def fused(near: Sequence[ScoredPoint], worded: Sequence[ScoredPoint], meaning: float) -> list[ScoredPoint]:
    """Both lists (the best in front) as one: `meaning` times the cosine, and the rest times the share of the best BM25.

    A hit without a cosine is given the least there is: it cannot have more. One without a score for its words has 0.
    """
    best = max(worded[0].score, 1e-9) if worded else 1.0
    least = min((hit.score for hit in near), default=0.0)
    cosines = {hit.id: hit.score for hit in near}
    words = {hit.id: hit.score / best for hit in worded}
    found = [
        replace(hit, score=meaning * cosines.get(hit.id, least) + (1 - meaning) * words.get(hit.id, 0.0))
        for hit in {hit.id: hit for hit in (*near, *worded)}.values()
    ]
    return sorted(found, key=lambda hit: (-hit.score, hit.id))
