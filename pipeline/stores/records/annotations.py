"""Annotations: the extracted values of a document that filters can ask for. The vector store holds a copy of them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, ForeignKey, Integer, String, Table, Text, and_, delete, func, insert, select

from pipeline.filtering.conditions import Facts
from pipeline.filtering.values import of_metadata
from pipeline.stores.records.chunks import chunks
from pipeline.stores.records.documents import documents
from pipeline.stores.records.tables import metadata, unindexed
from schemas import exact_json

annotations = Table(
    "annotations",
    metadata,
    Column("document_id", String(40), ForeignKey("documents.id"), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("fields", Text, nullable=False),
)


def replace_annotations(
    connection: Connection, document_id: str, *, revision: int, fields: Mapping[str, Sequence[Any]]
) -> None:
    """The document's values are these, read from this revision."""
    delete_annotations(connection, document_id)
    text = exact_json.dumps(fields).decode()
    connection.execute(insert(annotations).values(document_id=document_id, revision=revision, fields=text))


def delete_annotations(connection: Connection, document_id: str) -> int:
    """Forget a document's values; how many documents that were."""
    return connection.execute(delete(annotations).where(annotations.c.document_id == document_id)).rowcount


def facts_of(
    connection: Connection, workspace_id: str, document_ids: Collection[str], *, indexed: bool = False
) -> dict[str, Facts]:
    """What conditions can ask of the workspace's present documents; values of another revision are none.

    It is the present revision, or with `indexed` the one that the document's chunks are of.
    """
    of_chunks = select(func.max(chunks.c.revision)).where(chunks.c.document_id == documents.c.id).scalar_subquery()
    wanted = of_chunks if indexed else documents.c.revision
    of_present = and_(annotations.c.document_id == documents.c.id, annotations.c.revision == wanted)
    query = (
        select(documents, annotations.c.fields)
        .select_from(documents)
        .outerjoin(annotations, of_present)
        .where(
            documents.c.id.in_(list(document_ids)),
            unindexed(documents.c.workspace_id) == workspace_id,
            documents.c.deleted_at.is_(None),
        )
    )
    return {
        row["id"]: Facts(
            document_id=row["id"],
            collection=row["collection"],
            media_type=row["media_type"],
            uploaded=row["created_at"],
            fields=exact_json.loads(row["fields"].encode()) if row["fields"] else {},
            metadata=of_metadata(row["metadata"]),
        )
        for row in connection.execute(query).mappings()
    }
