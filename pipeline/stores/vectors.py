"""The port `Vectors`: points with a dense and a sparse vector, searched by both at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.filtering.conditions import Condition

EVENLY = 0.5
"""Meaning and words count the same."""


def candidates(limit: int) -> int:
    """How many hits of each vector are fused to find the best `limit`."""
    return max(50, 2 * limit)


@dataclass(frozen=True, kw_only=True, slots=True)
class SparseVector:
    """Term index → weight; weights of documents are term frequencies (BM25's part), the store adds the IDF."""

    indices: list[int]
    values: list[float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """What a point is found and removed by, beside its vectors; `id` is a UUID."""

    id: str
    workspace_id: str
    document_id: str
    collection: str | None
    media_type: str
    uploaded: float = 0.0
    """When the document came, in seconds since 1970."""
    fields: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """Extracted values by JSON Pointer, scalars only."""
    metadata: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """What the owner said of the document, likewise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Point(Placed):
    """One chunk. `id` is made from workspace, document, revision and chunk number."""

    dense: NDArray[np.float32]
    sparse: SparseVector


@dataclass(frozen=True, kw_only=True, slots=True)
class VectorFilter:
    """Every search is bound to one workspace; a condition narrows it further."""

    workspace_id: str
    condition: Condition | None = None
    ids: Collection[str] | None = None
    """Only these points, where they are given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredPoint:
    """A hit; scores of one query can be compared with each other only."""

    id: str
    document_id: str
    score: float


class Points(Protocol):
    """What becomes of points whatever their vectors are; they are a cache of SQL that can be rebuilt. Thread-safe.

    What was written is found by the next query. Every method raises `VectorsUnavailable` where the store cannot be
    reached.
    """

    def set_fields(self, *, workspace_id: str, document_id: str, fields: Mapping[str, Sequence[Any]]) -> None:
        """Replace the extracted fields of all points of a document."""

    def delete_document(self, *, workspace_id: str, document_id: str) -> int:
        """Remove a document's points; how many there were."""

    def delete(self, ids: Sequence[str]) -> None:
        """Remove points by id."""

    def count(self, *, workspace_id: str, document_id: str | None = None) -> int:
        """Points of a workspace or of one document."""

    def close(self) -> None:
        """Flush and let go of the store."""


class Vectors(Points, Protocol):
    """Points of chunks."""

    def upsert(self, points: Sequence[Point]) -> None:
        """Write the points; an id that exists is replaced."""

    def search(
        self,
        *,
        dense: NDArray[np.float32] | None,
        sparse: SparseVector,
        where: VectorFilter,
        limit: int,
        meaning: float = EVENLY,
    ) -> list[ScoredPoint]:
        """Best first: both vectors searched, the lists fused by scores; `meaning` is the dense one's share, 0 to 1.

        Without a dense vector only words count, and without words only the dense one.
        See `pipeline.stores.hybrid`, which every adapter uses.
        None is missing for which the filter holds; at the ends of a range one may be found for which it does not.
        """
