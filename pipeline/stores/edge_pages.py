"""`PageVectors` on Qdrant Edge: all pages are compared, which is exact, and meant for thousands of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.stores.edge_points import EdgePoints, translated
from pipeline.stores.pages import PagePoint
from pipeline.stores.payload import clause, payload
from pipeline.stores.vectors import ScoredPoint, VectorFilter

VECTORS = "page"


class EdgePages(EdgePoints):
    """A matrix of vectors of `dimensions` numbers each, two bytes a number; never optimized."""

    flush_points = 64

    def upsert(self, points: Sequence[PagePoint]) -> None:
        """Write the points; an id that exists is replaced."""
        edge = self._edge
        found = [edge.Point(point.id, {VECTORS: point.vectors.tolist()}, payload(point)) for point in points]
        self._update(edge.UpdateOperation.upsert_points(found), len(found))

    def nearest(self, query: NDArray[np.float32], where: VectorFilter, count: int) -> list[ScoredPoint]:
        """The nearest of all."""
        edge = self._edge
        request = edge.QueryRequest(
            limit=count,
            query=edge.Query.Nearest(query.tolist(), using=VECTORS),
            filter=self._filter(clause(where)),
            with_payload=["document_id"],
        )
        with translated(), self._shard.reading() as shard:
            hits = shard.query(request)
        return [ScoredPoint(id=str(hit.id), document_id=hit.payload["document_id"], score=hit.score) for hit in hits]

    def _config(self, dimensions: int) -> Any:  # noqa: ANN401 - the library's type
        edge = self._edge
        vectors = edge.EdgeVectorParams(
            size=dimensions,
            distance=edge.Distance.Dot,
            on_disk=True,
            datatype=edge.VectorStorageDatatype.Float16,
            multivector_config=edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim),
        )
        return edge.EdgeConfig(vectors={VECTORS: vectors}, sparse_vectors={}, wal_enabled=True)
