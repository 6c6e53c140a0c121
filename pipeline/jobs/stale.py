"""Removing points from the index whose chunks were replaced; until then nobody finds them."""

from pipeline.services import Services
from pipeline.stores.records import chunks


def remove_stale(services: Services, document_id: str | None = None) -> bool:
    """Remove the stale points of a document, or some of all; whether there are more. Harmless to repeat.

    Raises:
        VectorsUnavailable: the index is away; they are removed later.
    """
    with services.database.read() as connection:
        ids = chunks.stale_ids(connection, document_id)
    if not ids:
        return False
    services.vectors.delete(ids)
    with services.database.write() as connection:
        chunks.forget_stale(connection, ids)
        return bool(chunks.stale_ids(connection, document_id, limit=1))
