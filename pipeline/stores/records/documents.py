"""Documents and their revisions."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from pipeline.stores.records.tables import metadata, now, record, records

LATE_SECONDS = 600.0
"""How long after its deletion a document may be written to by a worker that was killed before it could remove that."""

documents = Table(
    "documents",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("workspace_id", String(40), ForeignKey("workspaces.id"), nullable=False),
    Column("name", String(255), nullable=False),
    Column("media_type", String(120), nullable=False),
    Column("collection", String(120)),
    Column("metadata", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("pages", Integer),
    Column("seconds", Float),
    Column("created_at", Float, nullable=False),
    Column("deleted_at", Float),
    Column("purged_at", Float),
    Column("events", Integer, nullable=False, server_default="0"),
    Column("retention", String(40)),
    Column("read_at", Float),
    Index(None, "workspace_id", "created_at", "id"),
    Index(None, "retention"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("document_id", String(40), ForeignKey("documents.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("blob_key", String(255), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("media_type", String(120), nullable=False),
    Column("created_at", Float, nullable=False),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentRecord:
    """A document as it stands; `revision` is the number of its present revision."""

    id: str
    workspace_id: str
    name: str
    media_type: str
    collection: str | None
    metadata: dict[str, Any]
    revision: int
    size: int
    sha256: str
    pages: int | None
    seconds: float | None
    created_at: float
    deleted_at: float | None
    purged_at: float | None
    """When the last trace of a deleted document was removed."""
    events: int
    """Events about it that receivers were told of."""
    retention: str | None
    """The class of the workspace that says how long it is kept; `none`: until its result was read."""
    read_at: float | None
    """When the result of a document of the class `none` was read first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RevisionRecord:
    """The bytes of a document at one time."""

    document_id: str
    number: int
    blob_key: str
    size: int
    sha256: str
    media_type: str
    created_at: float


def next_event(connection: Connection, document_id: str) -> int:
    """The number of the next event about a document, which nobody else gets; whoever asks has locked its jobs."""
    counted = (
        update(documents)
        .where(documents.c.id == document_id)
        .values(events=documents.c.events + 1)
        .returning(documents.c.events)
    )
    return int(connection.execute(counted).scalar_one())


def add_document(
    connection: Connection,
    *,
    id: str,
    workspace_id: str,
    name: str,
    media_type: str,
    collection: str | None,
    metadata: dict[str, Any],
    blob_key: str,
    size: int,
    sha256: str,
    retention: str | None = None,
) -> None:
    """A new document with its first revision."""
    connection.execute(
        insert(documents).values(
            id=id,
            workspace_id=workspace_id,
            name=name,
            media_type=media_type,
            collection=collection,
            metadata=metadata,
            revision=1,
            size=size,
            sha256=sha256,
            retention=retention,
            created_at=now(),
        )
    )
    _add_revision(connection, id, 1, blob_key=blob_key, size=size, sha256=sha256, media_type=media_type)


def add_revision(
    connection: Connection, document: DocumentRecord, *, blob_key: str, size: int, sha256: str, media_type: str
) -> int:
    """New bytes for a document; the number of the new revision, which is the present one from now on."""
    number = document.revision + 1
    _add_revision(connection, document.id, number, blob_key=blob_key, size=size, sha256=sha256, media_type=media_type)
    connection.execute(
        update(documents)
        .where(documents.c.id == document.id)
        .values(revision=number, size=size, sha256=sha256, media_type=media_type, pages=None, seconds=None)
    )
    return number


def _add_revision(
    connection: Connection, document_id: str, number: int, *, blob_key: str, size: int, sha256: str, media_type: str
) -> None:
    connection.execute(
        insert(revisions).values(
            document_id=document_id,
            number=number,
            blob_key=blob_key,
            size=size,
            sha256=sha256,
            media_type=media_type,
            created_at=now(),
        )
    )


def get_document(
    connection: Connection, workspace_id: str, document_id: str, *, lock: bool = False
) -> DocumentRecord | None:
    """A document that is there and belongs to the workspace; `lock` keeps it there until the transaction ends."""
    query = select(documents).where(
        documents.c.id == document_id, documents.c.workspace_id == workspace_id, documents.c.deleted_at.is_(None)
    )
    row = connection.execute(query.with_for_update(key_share=True) if lock else query).mappings().first()
    return record(DocumentRecord, row) if row else None


def find_by_sha256(connection: Connection, workspace_id: str, sha256: str) -> DocumentRecord | None:
    """The newest document of the workspace with these bytes."""
    query = (
        select(documents)
        .where(documents.c.workspace_id == workspace_id, documents.c.sha256 == sha256, documents.c.deleted_at.is_(None))
        .order_by(documents.c.created_at.desc())
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return record(DocumentRecord, row) if row else None


def names_of(connection: Connection, document_ids: Collection[str]) -> dict[str, str]:
    """Names of documents by id; one that was deleted has none."""
    query = select(documents.c.id, documents.c.name).where(
        documents.c.id.in_(document_ids), documents.c.deleted_at.is_(None)
    )
    return {row.id: row.name for row in connection.execute(query)}


def list_collections(connection: Connection, workspace_id: str) -> list[str]:
    """The collections that present documents of the workspace are in, by name."""
    query = (
        select(documents.c.collection)
        .distinct()
        .where(
            documents.c.workspace_id == workspace_id,
            documents.c.collection.is_not(None),
            documents.c.deleted_at.is_(None),
        )
    )
    return sorted(connection.execute(query).scalars())


def list_documents(
    connection: Connection, workspace_id: str, *, after: tuple[float, str] | None, limit: int
) -> list[DocumentRecord]:
    """Newest first; `after` is the time and id of the last one already seen."""
    query = select(documents).where(documents.c.workspace_id == workspace_id, documents.c.deleted_at.is_(None))
    if after is not None:
        time, last = after
        older = or_(documents.c.created_at < time, and_(documents.c.created_at == time, documents.c.id < last))
        query = query.where(older)
    query = query.order_by(documents.c.created_at.desc(), documents.c.id.desc()).limit(limit)
    return records(DocumentRecord, connection.execute(query).mappings())


def get_revision(connection: Connection, document_id: str, number: int) -> RevisionRecord | None:
    """One revision of a document."""
    query = select(revisions).where(revisions.c.document_id == document_id, revisions.c.number == number)
    row = connection.execute(query).mappings().first()
    return record(RevisionRecord, row) if row else None


_SET_LENGTH = (
    update(documents)
    .where(documents.c.id == bindparam("of_document"), documents.c.revision == bindparam("of_revision"))
    .values(pages=bindparam("found_pages"), seconds=bindparam("found_seconds"))
)


def set_length(
    connection: Connection, document_id: str, revision: int, *, pages: int | None, seconds: float | None
) -> None:
    """What reading a revision found out: pages, or seconds of a recording; nothing where newer bytes have come."""
    found = {"of_document": document_id, "of_revision": revision, "found_pages": pages, "found_seconds": seconds}
    connection.execute(_SET_LENGTH, found)


def present_revision(connection: Connection, document_id: str, *, lock: bool = False) -> int | None:
    """The number of the document's present revision; `lock` keeps newer bytes out until the transaction ends."""
    query = select(documents.c.revision).where(documents.c.id == document_id)
    return connection.execute(query.with_for_update() if lock else query).scalar()


def mark_deleted(connection: Connection, document_id: str) -> None:
    """From now on nobody finds the document; its parts are removed afterwards."""
    connection.execute(update(documents).where(documents.c.id == document_id).values(deleted_at=now()))


def mark_purged(connection: Connection, document_id: str) -> int:
    """Nothing of the deleted document is left but its id, size and times; its name and its hash go too.

    Bytes of its revisions, to whoever removes them: nothing to the others, however many mark it at once.
    """
    gone = delete(revisions).where(revisions.c.document_id == document_id).returning(revisions.c.size)
    freed = sum(int(size) for size in connection.execute(gone).scalars())
    connection.execute(
        update(documents)
        .where(documents.c.id == document_id)
        .values(purged_at=now(), name="", collection=None, metadata={}, sha256="")
    )
    return freed


def deleted_documents(
    connection: Connection, *, workspace_id: str | None = None, limit: int = 20
) -> list[DocumentRecord]:
    """Deleted, but not yet purged; of one workspace, or of all."""
    query = select(documents).where(documents.c.deleted_at.is_not(None), documents.c.purged_at.is_(None)).limit(limit)
    if workspace_id is not None:
        query = query.where(documents.c.workspace_id == workspace_id)
    return records(DocumentRecord, connection.execute(query).mappings())


def purged_early(connection: Connection, *, limit: int = 500) -> list[DocumentRecord]:
    """Purged before `LATE_SECONDS` from their deletion were over, which they are by now."""
    late = documents.c.deleted_at + LATE_SECONDS
    query = select(documents).where(documents.c.purged_at < late, late < now()).limit(limit)
    return records(DocumentRecord, connection.execute(query).mappings())


def is_deleted(connection: Connection, document_id: str) -> bool:
    """Whether the document was deleted, by itself or with its workspace."""
    row = connection.execute(select(documents.c.deleted_at).where(documents.c.id == document_id)).first()
    return row is None or row.deleted_at is not None


def find_workspace_of(connection: Connection, document_id: str) -> str | None:
    """The workspace of a document, deleted or not; `None` where there never was one, or it went with its workspace."""
    found = connection.execute(select(documents.c.workspace_id).where(documents.c.id == document_id)).scalar()
    return None if found is None else str(found)
