"""Search by both vectors of the points, the same in every vector store.

The two lists are fused by their scores, not by their ranks: a convex combination of the cosine and of the BM25 score
relative to the best (Bruch, Gai & Ingber 2023, "An Analysis of Fusion Functions for Hybrid Retrieval", arXiv
2210.11934). Ranks alone hide how sure each list is, so that a list that knows nothing spoils one that does.

Where no hit is clearly the best, the query is moved towards the first ones and asked by meaning once more (Rocchio
1971, pseudo relevance feedback).
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.stores.vectors import ScoredPoint, SparseVector, VectorFilter, candidates

FED = 2
"""Hits that the query is moved towards,"""
FEEDBACK = 0.5
"""by this much of their mean."""
CLEAR = 0.2
"""A hit that is ahead of the second by so much of the score is the best."""
LEAST_SHARE = 0.5
"""Of meaning in the score, for hits to tell what is meant."""


class Lists(Protocol):
    """What a vector store answers to either vector alone."""

    def nearest(self, query: NDArray[np.float32] | SparseVector, where: VectorFilter, count: int) -> list[ScoredPoint]:
        """Best first, with cosines for a dense query, and for a sparse one dot products after IDF."""

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
    hits = fused(store.nearest(dense, where, count), worded, meaning)
    if worded and meaning >= LEAST_SHARE and not _clear(hits):
        moved = dense + FEEDBACK * np.mean(store.dense_of([hit.id for hit in hits[:FED]]) or [dense], axis=0)
        moved = (moved / (np.linalg.norm(moved) or 1.0)).astype(np.float32)
        hits = fused(store.nearest(moved, where, count), worded, meaning)
    return hits[:limit]


def fused(near: Sequence[ScoredPoint], worded: Sequence[ScoredPoint], meaning: float) -> list[ScoredPoint]:
    """Both lists (best first) as one: `meaning` times the cosine, and the rest times the share of the best BM25 score.

    A hit by words alone has at most the least cosine of the other list, and is given it; one by meaning alone has no
    score for its words. Where there are no words, the cosine is the score.
    """
    if not worded:
        return list(near)
    best = max(worded[0].score, 1e-9)
    least = near[-1].score if near else 0.0
    cosines = {hit.id: hit.score for hit in near}
    words = {hit.id: hit.score / best for hit in worded}
    found = [
        ScoredPoint(
            id=hit.id,
            document_id=hit.document_id,
            score=meaning * cosines.get(hit.id, least) + (1 - meaning) * words.get(hit.id, 0.0),
        )
        for hit in {hit.id: hit for hit in (*near, *worded)}.values()
    ]
    return sorted(found, key=lambda hit: (-hit.score, hit.id))


def _clear(hits: Sequence[ScoredPoint]) -> bool:
    return len(hits) <= FED or hits[0].score - hits[1].score > CLEAR
