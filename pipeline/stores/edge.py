"""`Vectors` on Qdrant Edge, nothing to start.

Sparse weights are multiplied by an IDF that the shard counts over all its points.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.stores.edge_points import EdgePoints, translated
from pipeline.stores.hybrid import hybrid
from pipeline.stores.payload import clause, payload
from pipeline.stores.vectors import EVENLY, Point, ScoredPoint, SparseVector, VectorFilter


class EdgeVectors(EdgePoints):
    """Chunks: a dense vector of `dimensions` numbers and a sparse one each."""

    def upsert(self, points: Sequence[Point]) -> None:
        """Write the points; an id that exists is replaced."""
        edge = self._edge
        found = [
            edge.Point(
                point.id,
                {"dense": point.dense.tolist(), "sparse": edge.SparseVector(point.sparse.indices, point.sparse.values)},
                payload(point),
            )
            for point in points
        ]
        self._update(edge.UpdateOperation.upsert_points(found), len(found))

    def search(
        self,
        *,
        dense: NDArray[np.float32] | None,
        sparse: SparseVector,
        where: VectorFilter,
        limit: int,
        meaning: float = EVENLY,
    ) -> list[ScoredPoint]:
        """Best first: the nearest by either vector, fused by their scores."""
        return hybrid(self, dense=dense, sparse=sparse, where=where, limit=limit, meaning=meaning)

    def nearest(self, query: NDArray[np.float32] | SparseVector, where: VectorFilter, count: int) -> list[ScoredPoint]:
        """The nearest by one vector."""
        hits = self._asked(query, where, count, payload=True)
        return [ScoredPoint(id=str(hit.id), document_id=hit.payload["document_id"], score=hit.score) for hit in hits]

    def scores(self, query: NDArray[np.float32] | SparseVector, where: VectorFilter, count: int) -> dict[str, float]:
        """As `nearest`, by the ids of the points."""
        return {str(hit.id): hit.score for hit in self._asked(query, where, count, payload=False)}

    def _asked(
        self, query: NDArray[np.float32] | SparseVector, where: VectorFilter, count: int, *, payload: bool
    ) -> Sequence[Any]:
        edge = self._edge
        if isinstance(query, SparseVector):
            asked = edge.Query.Nearest(edge.SparseVector(query.indices, query.values), using="sparse")
        else:
            asked = edge.Query.Nearest(query.tolist(), using="dense")
        wanted = ["document_id"] if payload else False
        request = edge.QueryRequest(limit=count, query=asked, filter=self._filter(clause(where)), with_payload=wanted)
        with translated(), self._shard.reading() as shard:
            found: Sequence[Any] = shard.query(request)
        return found

    def dense_of(self, ids: Sequence[str]) -> list[NDArray[np.float32]]:
        """The dense vectors of points."""
        with translated(), self._shard.reading() as shard:
            found = shard.retrieve(list(ids), with_payload=False, with_vector=["dense"])
        return [np.asarray(record.vector["dense"], np.float32) for record in found]

    def _config(self, dimensions: int) -> Any:  # noqa: ANN401 - the library's type
        edge = self._edge
        return edge.EdgeConfig(
            vectors={"dense": edge.EdgeVectorParams(size=dimensions, distance=edge.Distance.Cosine)},
            sparse_vectors={"sparse": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
            wal_enabled=True,
        )
