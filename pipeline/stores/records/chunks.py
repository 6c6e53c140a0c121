"""Chunks: the passages that are searched. SQL holds them; vectors only point here."""

from collections.abc import Collection, Mapping, Sequence
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
    func,
    insert,
    select,
)

from pipeline.stores.records.documents import documents
from pipeline.stores.records.indexed import (
    STALE_COLUMNS,
    drop_earlier,
    find_present,
    ids_of,
    rewrite,
    stale_points,
)
from pipeline.stores.records.tables import metadata, records, unindexed

FIRST = 1
"""The generation of the index that everything begins with."""
STALE = 1_000
"""Points that are looked at, or removed, at a time."""

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
    Column("generation", Integer, nullable=False, server_default="1"),
    Index(None, "document_id"),
    Index(None, "generation"),
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


def replace_chunks(
    connection: Connection, document_id: str, rows: list[dict[str, Any]], *, generation: int = FIRST
) -> None:
    """The document's chunks in a generation of the index are these and no others; a row has the table's columns.

    Points of those that are none any more become stale.
    """
    note_stale(connection, document_id, rewrite(connection, chunks, document_id, rows, generation=generation))


def note_stale(connection: Connection, document_id: str, points: Sequence[Mapping[str, Any]]) -> None:
    """These points of a document are stale, but for those that stand for its chunks."""
    live = {*chunk_ids(connection, document_id)}
    known = {*stale_ids(connection, document_id, limit=None)}
    forget_stale(connection, live & known)
    stale = [{name: point[name] for name in STALE_COLUMNS} for point in points]
    if added := [point for point in stale if point["id"] not in live | known]:
        connection.execute(insert(stale_points), added)


def drop_outdated(connection: Connection, document_id: str) -> None:
    """Forget the chunks of earlier revisions: the present one has none to take their place."""
    drop_earlier(connection, chunks, document_id)


def stale_ids(connection: Connection, document_id: str | None = None, *, limit: int | None = STALE) -> list[str]:
    """Points to be removed, of one document or of all."""
    query = select(stale_points.c.id).limit(limit)
    if document_id is not None:
        query = query.where(stale_points.c.document_id == document_id)
    return list(connection.execute(query).scalars())


def forget_stale(connection: Connection, ids: Collection[str]) -> None:
    """These points were removed, or stand for chunks again."""
    gone = list(ids)
    for start in range(0, len(gone), STALE):
        connection.execute(delete(stale_points).where(stale_points.c.id.in_(gone[start : start + STALE])))


def chunk_ids(connection: Connection, document_id: str, generation: int | None = None) -> list[str]:
    """Ids of a document's chunks, in one generation of the index or in all, in order."""
    return ids_of(connection, chunks, document_id, generation)


def find_chunks(connection: Connection, workspace_id: str, ids: Collection[str]) -> list[ChunkRecord]:
    """Chunks by id, only those of the workspace's present documents.

    They are of one revision of a document: the present one, or where that is not yet indexed the one before.
    """
    return records(ChunkRecord, find_present(connection, chunks, workspace_id, ids))


def editions(
    connection: Connection, workspace_id: str, document_ids: Collection[str]
) -> dict[str, tuple[int, str, str]]:
    """For those of the workspace's present documents among these that have chunks, what changes with the chunks.

    Ids are hashes of what they stand for: their number, the least and the greatest tell one set of them from another.
    """
    query = (
        select(chunks.c.document_id, func.count(), func.min(chunks.c.id), func.max(chunks.c.id))
        .join(documents, documents.c.id == chunks.c.document_id)
        .where(
            chunks.c.document_id.in_(list(document_ids)),
            unindexed(documents.c.workspace_id) == workspace_id,
            documents.c.deleted_at.is_(None),
        )
        .group_by(chunks.c.document_id)
    )
    return {document_id: (count, least, most) for document_id, count, least, most in connection.execute(query)}


def delete_chunks(connection: Connection, document_id: str) -> int:
    """Remove a deleted document's chunks, and the notes of its points; how many chunks there were."""
    connection.execute(delete(stale_points).where(stale_points.c.document_id == document_id))
    return connection.execute(delete(chunks).where(chunks.c.document_id == document_id)).rowcount
