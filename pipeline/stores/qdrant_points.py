"""Points on a Qdrant server or cluster, whatever their vectors are."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from pipeline.errors import VectorsUnavailable
from pipeline.stores.clauses import Writer
from pipeline.stores.payload import KEYWORDS, NUMBERS, WORKSPACE, field_payload, of_document
from pipeline.stores.qdrant_layout import Layout

TIMEOUT_SECONDS = 30
MEMORY = ":memory:"
"""As `url`: the client's own slow stand-in for a server, which forgets everything."""


class QdrantPoints(ABC):
    """Points with vectors of `dimensions` numbers in `collection`, made where missing for about `points` of them.

    Raises:
        VectorsUnavailable: the server cannot be reached or refuses.
    """

    def __init__(
        self, url: str, dimensions: int, *, api_key: str | None = None, collection: str = "sheaf", points: int = 0
    ) -> None:
        from qdrant_client import QdrantClient, models

        self._models = models
        self._filter = _writer(models).write
        self._layout = Layout.of(points)
        self._collection = f"{collection}-{dimensions}"
        with translated():
            if url == MEMORY:
                self._client = QdrantClient(MEMORY)
                self._create(dimensions)
            else:
                # The version check would only warn, from a thread of its own.
                self._client = QdrantClient(
                    url=url, api_key=api_key, timeout=TIMEOUT_SECONDS, check_compatibility=False
                )
                self._ensure(dimensions)

    @abstractmethod
    def _create(self, dimensions: int) -> None:
        """Make the collection."""

    def set_fields(self, *, workspace_id: str, document_id: str, fields: Mapping[str, Sequence[Any]]) -> None:
        """Replace the extracted fields of all points of a document."""
        where = self._filter(of_document(workspace_id, document_id))
        with translated():
            self._client.set_payload(self._collection, payload=field_payload(fields), points=where, wait=True)

    def delete_document(self, *, workspace_id: str, document_id: str) -> int:
        """Remove a document's points; how many there were."""
        count = self.count(workspace_id=workspace_id, document_id=document_id)
        where = self._filter(of_document(workspace_id, document_id))
        with translated():
            self._client.delete(self._collection, points_selector=self._models.FilterSelector(filter=where), wait=True)
        return count

    def delete(self, ids: Sequence[str]) -> None:
        """Remove points by id."""
        if not ids:
            return
        with translated():
            self._client.delete(
                self._collection, points_selector=self._models.PointIdsList(points=list(ids)), wait=True
            )

    def count(self, *, workspace_id: str, document_id: str | None = None) -> int:
        """Points of a workspace or of one document."""
        where = self._filter(of_document(workspace_id, document_id))
        with translated():
            return self._client.count(self._collection, count_filter=where, exact=True).count

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

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


def _writer(models: Any) -> Writer:  # noqa: ANN401 - the library
    return Writer(
        filter=models.Filter,
        field=models.FieldCondition,
        ids=lambda values: models.HasIdCondition(has_id=list(values)),
        any_of=lambda values: models.MatchAny(any=values),
        span=models.Range,
        element=lambda key, inner: models.NestedCondition(nested=models.Nested(key=key, filter=inner)),
    )


def drop(url: str, dimensions: int, *, api_key: str | None, collection: str) -> None:
    """Remove a collection; harmless where there is none.

    Raises:
        VectorsUnavailable: the server cannot be reached or refuses.
    """
    from qdrant_client import QdrantClient

    with translated():
        client = QdrantClient(url=url, api_key=api_key, timeout=TIMEOUT_SECONDS, check_compatibility=False)
        try:
            client.delete_collection(f"{collection}-{dimensions}")
        finally:
            client.close()


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the client's transport, and of the server."""
    from qdrant_client.common.client_exceptions import QdrantException
    from qdrant_client.http.exceptions import ApiException

    try:
        yield
    except (ApiException, QdrantException, OSError) as error:
        raise VectorsUnavailable from error
