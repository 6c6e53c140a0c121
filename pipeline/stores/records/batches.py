"""Batches, their files, and which files of a folder were ingested before."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    false,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.stores.records.jobs import jobs
from pipeline.stores.records.tables import metadata, now, record, records

batches = Table(
    "batches",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("workspace_id", String(40), ForeignKey("workspaces.id"), nullable=False),
    Column("source", Text, nullable=False),
    Column("pattern", String(255), nullable=False),
    Column("options", JSON, nullable=False),
    Column("webhook_url", Text),
    Column("status", String(16), nullable=False),
    Column("problem", JSON(none_as_null=True)),
    Column("created_at", Float, nullable=False),
    Column("finished_at", Float),
    Index(None, "workspace_id", "created_at", "id"),
    Index(None, "status"),
)

batch_files = Table(
    "batch_files",
    metadata,
    Column("batch_id", String(40), ForeignKey("batches.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("path", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("document_id", String(40)),
    Column("job_id", String(40)),
    Column("problem", JSON(none_as_null=True)),
    Index(None, "batch_id", "status"),
    Index(None, "job_id"),
)

sources = Table(
    "sources",
    metadata,
    Column("workspace_id", String(40), ForeignKey("workspaces.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("modified_ns", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("document_id", String(40), nullable=False),
    Column("job_id", String(40), nullable=False),
    Column("owned", Boolean, nullable=False, server_default=false()),
    Column("seen_at", Float, nullable=False),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchRecord:
    """A folder being ingested; `status` is `listing`, `running`, `finished` or `failed`."""

    id: str
    workspace_id: str
    source: str
    pattern: str
    options: dict[str, Any]
    """`schema`, `tasks`, `collection` of every job."""
    webhook_url: str | None
    status: str
    problem: dict[str, Any] | None
    created_at: float
    finished_at: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchFileRecord:
    """A file of a batch: `pending`, `working`, then its job's status, `unchanged` (ingested before), or `refused`."""

    batch_id: str
    number: int
    path: str
    size: int
    status: str
    document_id: str | None
    job_id: str | None
    problem: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRecord:
    """A file that was ingested, as it was then."""

    workspace_id: str
    path: str
    size: int
    modified_ns: int
    sha256: str
    document_id: str
    job_id: str
    owned: bool
    """Whether the document was made from this file, so that the file's new bytes are the document's next revision."""
    seen_at: float


def add_batch(
    connection: Connection,
    *,
    id: str,
    workspace_id: str,
    source: str,
    pattern: str,
    options: dict[str, Any],
    webhook_url: str | None,
) -> None:
    """A new batch whose files are still to be listed."""
    connection.execute(
        insert(batches).values(
            id=id,
            workspace_id=workspace_id,
            source=source,
            pattern=pattern,
            options=options,
            webhook_url=webhook_url,
            status="listing",
            created_at=now(),
        )
    )


def get_batch(connection: Connection, batch_id: str, *, workspace_id: str | None = None) -> BatchRecord | None:
    """A batch; of one workspace where a person asks."""
    query = select(batches).where(batches.c.id == batch_id)
    if workspace_id is not None:
        query = query.where(batches.c.workspace_id == workspace_id)
    row = connection.execute(query).mappings().first()
    return record(BatchRecord, row) if row else None


def list_batches(
    connection: Connection, workspace_id: str, *, after: tuple[float, str] | None = None, limit: int = 100
) -> list[BatchRecord]:
    """Newest first; `after` is the time and id of the last one already seen."""
    query = select(batches).where(batches.c.workspace_id == workspace_id)
    if after is not None:
        time, last = after
        query = query.where(or_(batches.c.created_at < time, and_(batches.c.created_at == time, batches.c.id < last)))
    query = query.order_by(batches.c.created_at.desc(), batches.c.id.desc()).limit(limit)
    return records(BatchRecord, connection.execute(query).mappings())


def open_batches(connection: Connection) -> list[BatchRecord]:
    """Batches of all workspaces that are not finished, oldest first."""
    query = select(batches).where(batches.c.status.in_(("listing", "running"))).order_by(batches.c.created_at)
    return records(BatchRecord, connection.execute(query).mappings())


def set_batch_status(
    connection: Connection, batch_id: str, status: str, *, problem: dict[str, Any] | None = None
) -> bool:
    """Move a batch on; `False` when it is there already, or further."""
    finished = now() if status in {"finished", "failed"} else None
    before = {"running": ("listing",), "finished": ("running",), "failed": ("listing", "running")}[status]
    changed = connection.execute(
        update(batches)
        .where(batches.c.id == batch_id, batches.c.status.in_(before))
        .values(status=status, problem=problem, finished_at=finished)
    )
    return changed.rowcount == 1


def add_batch_files(connection: Connection, batch_id: str, files: Iterable[tuple[str, int]]) -> int:
    """List the files (path under the root, size) of a batch; how many."""
    rows = [
        {"batch_id": batch_id, "number": number, "path": path, "size": size, "status": "pending"}
        for number, (path, size) in enumerate(files, 1)
    ]
    if rows:
        connection.execute(insert(batch_files), rows)
    return len(rows)


def list_batch_files(
    connection: Connection,
    batch_id: str,
    *,
    statuses: Collection[str] | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[BatchFileRecord]:
    """In the order they were listed; `after` is the last number already seen."""
    query = select(batch_files).where(batch_files.c.batch_id == batch_id, batch_files.c.number > after)
    if statuses is not None:
        query = query.where(batch_files.c.status.in_(statuses))
    query = query.order_by(batch_files.c.number).limit(limit)
    return records(BatchFileRecord, connection.execute(query).mappings())


def count_batch_files(connection: Connection, batch_id: str) -> dict[str, int]:
    """Files by status."""
    query = (
        select(batch_files.c.status, func.count())
        .where(batch_files.c.batch_id == batch_id)
        .group_by(batch_files.c.status)
    )
    return {status: int(count) for status, count in connection.execute(query)}


def set_batch_file(
    connection: Connection,
    batch_id: str,
    number: int,
    *,
    status: str,
    document_id: str | None = None,
    job_id: str | None = None,
    problem: dict[str, Any] | None = None,
) -> None:
    """How far a file got."""
    connection.execute(
        update(batch_files)
        .where(batch_files.c.batch_id == batch_id, batch_files.c.number == number)
        .values(status=status, document_id=document_id, job_id=job_id, problem=problem)
    )


def settle_batch_job(connection: Connection, job_id: str, *, status: str, problem: dict[str, Any] | None) -> None:
    """The job of a batch's file has ended."""
    connection.execute(
        update(batch_files)
        .where(batch_files.c.job_id == job_id, batch_files.c.status == "working")
        .values(status=status, problem=problem)
    )


def is_job_of_other(connection: Connection, batch_id: str, number: int, job_id: str) -> bool:
    """Whether the job was made for another file of the batch."""
    query = select(batch_files.c.number).where(
        batch_files.c.batch_id == batch_id, batch_files.c.number != number, batch_files.c.job_id == job_id
    )
    return connection.execute(query.limit(1)).first() is not None


def find_source(connection: Connection, workspace_id: str, path: str) -> SourceRecord | None:
    """The file of that full path as it was ingested last."""
    query = select(sources).where(sources.c.workspace_id == workspace_id, sources.c.path == path)
    row = connection.execute(query).mappings().first()
    return record(SourceRecord, row) if row else None


def note_source(
    connection: Connection,
    *,
    workspace_id: str,
    path: str,
    size: int,
    modified_ns: int,
    sha256: str,
    document_id: str,
    job_id: str,
    owned: bool,
) -> None:
    """The file was ingested as it is now; what made a document goes on to own it."""
    changes = {
        "size": size,
        "modified_ns": modified_ns,
        "sha256": sha256,
        "document_id": document_id,
        "job_id": job_id,
        "owned": owned,
        "seen_at": now(),
    }
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    noted = dialect.insert(sources).values(workspace_id=workspace_id, path=path, **changes)
    still_owned = and_(sources.c.document_id == noted.excluded.document_id, sources.c.owned)
    changes["owned"] = or_(noted.excluded.owned, still_owned)
    connection.execute(noted.on_conflict_do_update(index_elements=["workspace_id", "path"], set_=changes))


def detach_sources(connection: Connection, document_id: str) -> None:
    """A deleted document's files stay known as ingested; their next bytes are a document of their own."""
    detached = update(sources).where(sources.c.document_id == document_id)
    connection.execute(detached.values(document_id="", job_id="", sha256="", owned=False))


def forget_sources(connection: Connection, document_id: str) -> None:
    """A deleted document's files may be ingested again; batches no longer tell what they were called."""
    connection.execute(sources.delete().where(sources.c.document_id == document_id))
    job_ids = select(jobs.c.id).where(jobs.c.document_id == document_id)
    connection.execute(update(batch_files).where(batch_files.c.job_id.in_(job_ids)).values(path="", problem=None))
