"""Chunks: the passages that are searched. SQL holds them; vectors only point here."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)

from pipeline.stores.records.documents import documents
from pipeline.stores.records.tables import metadata, records

chunks = Table(
    "chunks",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("workspace_id", String(40), nullable=False),
    Column("document_id", String(40), ForeignKey("documents.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("section", Text),
    Column("anchors", JSON, nullable=False),
    Index(None, "document_id"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChunkRecord:
    """A chunk of a document that is there; `anchors` is the JSON form of where its text was read."""

    id: str
    workspace_id: str
    document_id: str
    document_name: str
    revision: int
    number: int
    text: str
    section: str | None
    anchors: Any


def replace_chunks(connection: Connection, document_id: str, rows: list[dict[str, Any]]) -> None:
    """The document's chunks are these and no others; a row has the table's columns."""
    delete_chunks(connection, document_id)
    if rows:
        connection.execute(insert(chunks), rows)


def chunk_ids(connection: Connection, document_id: str) -> list[str]:
    """Ids of a document's chunks, in order."""
    query = select(chunks.c.id).where(chunks.c.document_id == document_id).order_by(chunks.c.number)
    return list(connection.execute(query).scalars())


def find_chunks(connection: Connection, workspace_id: str, ids: Collection[str]) -> list[ChunkRecord]:
    """Chunks by id, only those of the workspace's present documents in their present revision."""
    query = (
        select(chunks, documents.c.name.label("document_name"))
        .join(documents, documents.c.id == chunks.c.document_id)
        .where(
            chunks.c.id.in_(list(ids)),
            chunks.c.workspace_id == workspace_id,
            documents.c.workspace_id == workspace_id,
            documents.c.deleted_at.is_(None),
            documents.c.revision == chunks.c.revision,
        )
    )
    return records(ChunkRecord, connection.execute(query).mappings())


def delete_chunks(connection: Connection, document_id: str) -> int:
    """Remove a document's chunks; how many there were."""
    return connection.execute(delete(chunks).where(chunks.c.document_id == document_id)).rowcount
