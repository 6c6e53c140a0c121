"""`PageVectors` on a Qdrant server or cluster: a first search by a few vectors a page, a second look by all of them.

A graph over whole matrices would take days to build. So each page has a second, small matrix (`pages.pooled`) with a
graph in memory, and the pages that it proposes are compared by the whole ones, which lie on disk.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.stores.pages import PagePoint, pooled
from pipeline.stores.payload import clause, payload
from pipeline.stores.qdrant_layout import LINKS
from pipeline.stores.qdrant_points import QdrantPoints, translated
from pipeline.stores.vectors import ScoredPoint, VectorFilter

VECTORS, POOLED = "page", "pooled"
BATCH = 4  # points a request: a page is some megabytes of JSON, and a server takes 32 at a time
PROPOSED = 10
"""Times as many pages get the second look as are asked for,"""
LEAST_PROPOSED = 200
"""and at least so many."""


class QdrantPages(QdrantPoints):
    """Matrices of vectors of `dimensions` numbers each, two bytes a number."""

    def upsert(self, points: Sequence[PagePoint]) -> None:
        """Write the points; an id that exists is replaced."""
        found = [
            self._models.PointStruct(
                id=point.id,
                vector={VECTORS: point.vectors.tolist(), POOLED: pooled(point.vectors).tolist()},
                payload=payload(point),
            )
            for point in points
        ]
        with translated():
            for start in range(0, len(found), BATCH):
                self._client.upsert(self._collection, points=found[start : start + BATCH], wait=True)

    def nearest(self, query: NDArray[np.float32], where: VectorFilter, count: int) -> list[ScoredPoint]:
        """The nearest of those that the small matrices propose."""
        asked, narrowed = query.tolist(), self._filter(clause(where))
        proposed = self._models.Prefetch(
            query=asked, using=POOLED, filter=narrowed, limit=max(LEAST_PROPOSED, PROPOSED * count)
        )
        with translated():
            hits = self._client.query_points(
                self._collection,
                prefetch=proposed,
                query=asked,
                using=VECTORS,
                query_filter=narrowed,
                limit=count,
                with_payload=["document_id"],
            ).points
        return [
            ScoredPoint(id=str(hit.id), document_id=(hit.payload or {})["document_id"], score=hit.score) for hit in hits
        ]

    def _create(self, dimensions: int) -> None:
        models, layout = self._models, self._layout

        def matrix(*, on_disk: bool, graph: Any) -> Any:  # noqa: ANN401 - the library's types
            return models.VectorParams(
                size=dimensions,
                distance=models.Distance.DOT,
                on_disk=on_disk,
                datatype=models.Datatype.FLOAT16,
                multivector_config=models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM),
                hnsw_config=graph,
            )

        linked = models.HnswConfigDiff(m=0 if layout.tenant_graphs else LINKS, payload_m=LINKS)
        self._client.create_collection(
            self._collection,
            vectors_config={
                VECTORS: matrix(on_disk=True, graph=models.HnswConfigDiff(m=0, payload_m=0)),
                POOLED: matrix(on_disk=False, graph=linked),
            },
            shard_number=layout.shards,
            on_disk_payload=True,
        )
