"""`Vectors` on a Qdrant server or cluster, with the same queries as `edge`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.stores.hybrid import hybrid
from pipeline.stores.payload import clause, payload
from pipeline.stores.qdrant_layout import LINKS
from pipeline.stores.qdrant_points import QdrantPoints, translated
from pipeline.stores.vectors import EVENLY, Point, ScoredPoint, SparseVector, VectorFilter

BATCH = 64  # points a request


class QdrantVectors(QdrantPoints):
    """Chunks: a dense vector of `dimensions` numbers and a sparse one each."""

    def upsert(self, points: Sequence[Point]) -> None:
        """Write the points; an id that exists is replaced."""
        models = self._models
        found = [
            models.PointStruct(
                id=point.id,
                vector={
                    "dense": point.dense.tolist(),
                    "sparse": models.SparseVector(indices=point.sparse.indices, values=point.sparse.values),
                },
                payload=payload(point),
            )
            for point in points
        ]
        with translated():
            for start in range(0, len(found), BATCH):
                self._client.upsert(self._collection, points=found[start : start + BATCH], wait=True)

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
        return [
            ScoredPoint(id=str(hit.id), document_id=(hit.payload or {})["document_id"], score=hit.score)
            for hit in self._asked(query, where, count, payload=True)
        ]

    def scores(self, query: NDArray[np.float32] | SparseVector, where: VectorFilter, count: int) -> dict[str, float]:
        """As `nearest`, by the ids of the points."""
        return {str(hit.id): hit.score for hit in self._asked(query, where, count, payload=False)}

    def _asked(
        self, query: NDArray[np.float32] | SparseVector, where: VectorFilter, count: int, *, payload: bool
    ) -> Sequence[Any]:
        models = self._models
        asked: Any
        if isinstance(query, SparseVector):
            asked, using = models.SparseVector(indices=query.indices, values=query.values), "sparse"
        else:
            asked, using = query.tolist(), "dense"
        with translated():
            return self._client.query_points(
                self._collection,
                query=asked,
                using=using,
                query_filter=self._filter(clause(where)),
                limit=count,
                with_payload=["document_id"] if payload else False,
            ).points

    def dense_of(self, ids: Sequence[str]) -> list[NDArray[np.float32]]:
        """The dense vectors of points."""
        with translated():
            found = self._client.retrieve(self._collection, ids=list(ids), with_payload=False, with_vectors=["dense"])
        return [np.asarray(record.vector["dense"], np.float32) for record in found if isinstance(record.vector, dict)]

    def _create(self, dimensions: int) -> None:
        models, layout = self._models, self._layout
        quantization = None
        if layout.quantized:
            int8 = models.ScalarQuantizationConfig(type=models.ScalarType.INT8, quantile=0.99, always_ram=True)
            quantization = models.ScalarQuantization(scalar=int8)
        dense = models.VectorParams(size=dimensions, distance=models.Distance.COSINE, on_disk=layout.quantized)
        sparse_index = models.SparseIndexParams(on_disk=layout.quantized)
        self._client.create_collection(
            self._collection,
            vectors_config={"dense": dense},
            sparse_vectors_config={
                "sparse": models.SparseVectorParams(modifier=models.Modifier.IDF, index=sparse_index)
            },
            shard_number=layout.shards,
            on_disk_payload=True,
            quantization_config=quantization,
            hnsw_config=models.HnswConfigDiff(m=0 if layout.tenant_graphs else LINKS, payload_m=LINKS),
        )
