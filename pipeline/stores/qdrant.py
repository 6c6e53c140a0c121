"""`Vectors` on a Qdrant server or cluster, with the same queries as `edge`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import VectorsUnavailable
from pipeline.stores.hybrid import hybrid
from pipeline.stores.payload import (
    KEYWORDS,
    NUMBERS,
    WORKSPACE,
    Clause,
    Element,
    Match,
    Part,
    Span,
    clause,
    field_payload,
    of_document,
    payload,
)
from pipeline.stores.qdrant_layout import LINKS, Layout
from pipeline.stores.vectors import EVENLY, Point, ScoredPoint, SparseVector, VectorFilter

TIMEOUT_SECONDS = 30
MEMORY = ":memory:"
"""As `url`: the client's own slow stand-in for a server, which forgets everything."""
BATCH = 64  # points a request


class QdrantVectors:
    """Points of `dimensions` numbers in `collection`, which is made when it is missing, for about `points` of them.

    Raises:
        VectorsUnavailable: the server cannot be reached or refuses.
    """

    def __init__(
        self, url: str, dimensions: int, *, api_key: str | None = None, collection: str = "sheaf", points: int = 0
    ) -> None:
        from qdrant_client import QdrantClient, models

        self._models = models
        self._layout = Layout.of(points)
        self._collection = f"{collection}-{dimensions}"
        with _translated():
            if url == MEMORY:
                self._client = QdrantClient(MEMORY)
                self._create(dimensions)
            else:
                # The version check would only warn, from a thread of its own.
                self._client = QdrantClient(
                    url=url, api_key=api_key, timeout=TIMEOUT_SECONDS, check_compatibility=False
                )
                self._ensure(dimensions)

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
        with _translated():
            for start in range(0, len(found), BATCH):
                self._client.upsert(self._collection, points=found[start : start + BATCH], wait=True)

    def set_fields(self, *, workspace_id: str, document_id: str, fields: Mapping[str, Sequence[Any]]) -> None:
        """Replace the extracted fields of all points of a document."""
        where = self._filter(of_document(workspace_id, document_id))
        with _translated():
            self._client.set_payload(self._collection, payload=field_payload(fields), points=where, wait=True)

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
        models = self._models
        asked: Any
        if isinstance(query, SparseVector):
            asked, using = models.SparseVector(indices=query.indices, values=query.values), "sparse"
        else:
            asked, using = query.tolist(), "dense"
        with _translated():
            hits = self._client.query_points(
                self._collection,
                query=asked,
                using=using,
                query_filter=self._filter(clause(where)),
                limit=count,
                with_payload=["document_id"],
            ).points
        return [
            ScoredPoint(id=str(hit.id), document_id=(hit.payload or {})["document_id"], score=hit.score) for hit in hits
        ]

    def dense_of(self, ids: Sequence[str]) -> list[NDArray[np.float32]]:
        """The dense vectors of points."""
        with _translated():
            found = self._client.retrieve(self._collection, ids=list(ids), with_payload=False, with_vectors=["dense"])
        return [np.asarray(record.vector["dense"], np.float32) for record in found if isinstance(record.vector, dict)]

    def delete_document(self, *, workspace_id: str, document_id: str) -> int:
        """Remove a document's points; how many there were."""
        count = self.count(workspace_id=workspace_id, document_id=document_id)
        where = self._filter(of_document(workspace_id, document_id))
        with _translated():
            self._client.delete(self._collection, points_selector=self._models.FilterSelector(filter=where), wait=True)
        return count

    def delete(self, ids: Sequence[str]) -> None:
        """Remove points by id."""
        if not ids:
            return
        with _translated():
            self._client.delete(
                self._collection, points_selector=self._models.PointIdsList(points=list(ids)), wait=True
            )

    def count(self, *, workspace_id: str, document_id: str | None = None) -> int:
        """Points of a workspace or of one document."""
        where = self._filter(of_document(workspace_id, document_id))
        with _translated():
            return self._client.count(self._collection, count_filter=where, exact=True).count

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _filter(self, wanted: Clause) -> Any:  # noqa: ANN401 - the library's type
        must, should, must_not = (
            [self._part(part) for part in parts] or None for parts in (wanted.must, wanted.should, wanted.must_not)
        )
        return self._models.Filter(must=must, should=should, must_not=must_not)

    def _part(self, part: Part) -> Any:  # noqa: ANN401 - the library's type
        models = self._models
        match part:
            case Clause():
                return self._filter(part)
            case Match(key, values):
                return models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))
            case Span(key=key, low=low, high=high, open=opened):
                ends = {"gt": low, "lt": high} if opened else {"gte": low, "lte": high}
                return models.FieldCondition(key=key, range=models.Range(**ends))
            case Element(key, parts):
                inner = models.Filter(must=[self._part(one) for one in parts])
                return models.NestedCondition(nested=models.Nested(key=key, filter=inner))

    def _ensure(self, dimensions: int) -> None:
        """Collection and indexes; harmless where they are, or where another process makes them at the same time."""
        from qdrant_client.http.exceptions import UnexpectedResponse

        models = self._models
        if not self._client.collection_exists(self._collection):
            try:
                self._create(dimensions)
            except UnexpectedResponse as error:
                if error.status_code != HTTPStatus.CONFLICT:
                    raise
        for key in KEYWORDS:
            schema = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=key == WORKSPACE or None)
            self._client.create_payload_index(self._collection, field_name=key, field_schema=schema, wait=True)
        for key in NUMBERS:
            number = models.PayloadSchemaType.FLOAT
            self._client.create_payload_index(self._collection, field_name=key, field_schema=number, wait=True)

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


def drop(url: str, dimensions: int, *, api_key: str | None, collection: str) -> None:
    """Remove a collection; harmless where there is none.

    Raises:
        VectorsUnavailable: the server cannot be reached or refuses.
    """
    from qdrant_client import QdrantClient

    with _translated():
        client = QdrantClient(url=url, api_key=api_key, timeout=TIMEOUT_SECONDS, check_compatibility=False)
        try:
            client.delete_collection(f"{collection}-{dimensions}")
        finally:
            client.close()


@contextmanager
def _translated() -> Iterator[None]:
    """Errors of the client's transport, and of the server."""
    from qdrant_client.common.client_exceptions import QdrantException
    from qdrant_client.http.exceptions import ApiException

    try:
        yield
    except (ApiException, QdrantException, OSError) as error:
        raise VectorsUnavailable from error
