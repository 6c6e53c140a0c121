"""The port `PageVectors`: points of pages, each with a matrix of vectors, compared with a query's matrix by MaxSim.

MaxSim is the sum, over the query's vectors, of the greatest dot product with any of the page's vectors (late
interaction: Khattab & Zaharia 2020, "ColBERT", arXiv 2004.12832; of page images: Faysse et al. 2024, "ColPali", arXiv
2407.01449).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.stores.vectors import Placed, Points, ScoredPoint, VectorFilter

POOLED = 32
"""Vectors that a page is first looked for by, where there are many pages."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PagePoint(Placed):
    """One page. `id` is made from workspace, document, revision and page."""

    vectors: NDArray[np.float32]
    """Shape `(vectors, dimensions)`, each row of length 1."""


class PageVectors(Points, Protocol):
    """Points of pages."""

    def upsert(self, points: Sequence[PagePoint]) -> None:
        """Write the points; an id that exists is replaced."""

    def nearest(self, query: NDArray[np.float32], where: VectorFilter, count: int) -> list[ScoredPoint]:
        """Best first, by MaxSim with the query's matrix, shape `(vectors, dimensions)`.

        None is missing for which the filter holds where there are few points; of many, some may be overlooked. At the
        ends of a range one may be found for which the filter does not hold.
        """


def pooled(vectors: NDArray[np.float32], count: int = POOLED) -> NDArray[np.float32]:
    """At most so many unit vectors that stand for all: means of neighbours, which lie side by side on the page.

    Models give patches row by row, so that means of stretches are about means of rows, which is how ColPali's vectors
    are pooled for a first search.
    """
    if len(vectors) <= count:
        return vectors
    means = np.stack([part.mean(axis=0) for part in np.array_split(vectors, count)])
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (means / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return unit
