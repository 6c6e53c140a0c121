"""Jobs: one run of the tasks over one revision of a document."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
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
    bindparam,
    insert,
    or_,
    select,
    text,
    update,
)

from pipeline.stores.records.documents import DocumentRecord, RevisionRecord, documents, revisions
from pipeline.stores.records.tables import metadata, now, record, records

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("workspace_id", String(40), ForeignKey("workspaces.id"), nullable=False),
    Column("document_id", String(40), ForeignKey("documents.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("schema_name", String(120)),
    Column("schema_version", Integer),
    Column("schema_body", JSON(none_as_null=True)),
    Column("tasks", JSON, nullable=False),
    Column("webhook_url", Text),
    Column("metadata", JSON, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("batch_id", String(40)),
    Column("password", Text),
    Column("cancel_requested", Boolean, nullable=False),
    Column("problem", JSON(none_as_null=True)),
    Column("result_key", String(255)),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
    Column("traceparent", String(55)),
    Index(None, "workspace_id", "created_at", "id"),
    Index(None, "document_id"),
    Index(None, "status", "workspace_id"),
    Index(
        "ix_jobs_open",
        "workspace_id",
        sqlite_where=text("finished_at IS NULL"),
        postgresql_where=text("finished_at IS NULL"),
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRecord:
    """A job as it stands. `schema_body` is the schema itself, so that a later change of its name means nothing here."""

    id: str
    workspace_id: str
    document_id: str
    revision: int
    status: str
    schema_name: str | None
    schema_version: int | None
    schema_body: dict[str, Any] | None
    tasks: list[str]
    webhook_url: str | None
    metadata: dict[str, Any]
    priority: int
    """Lower is sooner."""
    sequence: int
    """Number of the last event about this job; grows by one with each."""
    batch_id: str | None
    password: str | None
    """Sealed; removed when reading ends."""
    cancel_requested: bool
    problem: dict[str, Any] | None
    result_key: str | None
    created_at: float
    started_at: float | None
    finished_at: float | None
    traceparent: str | None = None
    """The span (W3C Trace Context) that everything done for the job is below; `None` where it is not traced."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobState:
    """What decides how a job goes on. Whoever has one has locked the job until the transaction ends.

    Order of locks: a transaction that may have to wait takes the job first, then its stages, and only of one job, or of
    several in the order of `list_jobs`. Claims take a stage alone and wait for nothing.
    """

    id: str
    status: str
    cancel_requested: bool


def add_job(
    connection: Connection,
    *,
    id: str,
    workspace_id: str,
    document_id: str,
    revision: int,
    schema_name: str | None,
    schema_version: int | None,
    schema_body: dict[str, Any] | None,
    tasks: list[str],
    webhook_url: str | None,
    metadata: dict[str, Any],
    priority: int,
    batch_id: str | None,
    password: str | None,
    traceparent: str | None = None,
) -> None:
    """A new job, queued."""
    connection.execute(
        insert(jobs).values(
            id=id,
            workspace_id=workspace_id,
            document_id=document_id,
            revision=revision,
            status="queued",
            schema_name=schema_name,
            schema_version=schema_version,
            schema_body=schema_body,
            tasks=tasks,
            webhook_url=webhook_url,
            metadata=metadata,
            priority=priority,
            sequence=0,
            batch_id=batch_id,
            password=password,
            cancel_requested=False,
            traceparent=traceparent,
            created_at=now(),
        )
    )


_GET = select(jobs).where(jobs.c.id == bindparam("wanted"))
# Not the key: rows that refer to the job may be added meanwhile.
_LOCK = _GET.with_for_update(key_share=True)
_STATE = select(jobs.c.id, jobs.c.status, jobs.c.cancel_requested)
_LOCK_STATE = _STATE.where(jobs.c.id == bindparam("wanted")).with_for_update(key_share=True)


def get_job(
    connection: Connection, job_id: str, *, workspace_id: str | None = None, lock: bool = False
) -> JobRecord | None:
    """A job; of one workspace where a person asks. `lock` keeps others from changing it until the transaction ends."""
    query = _LOCK if lock else _GET
    row = connection.execute(query, {"wanted": job_id}).mappings().first()
    if row is not None and workspace_id not in (None, row["workspace_id"]):
        return None
    return record(JobRecord, row) if row else None


def lock_job(connection: Connection, job_id: str) -> JobState | None:
    """Keep others from moving the job on until the transaction ends."""
    row = connection.execute(_LOCK_STATE, {"wanted": job_id}).mappings().first()
    return record(JobState, row) if row else None


_ASSIGNMENT = (
    select(
        *(column.label(f"job_{column.name}") for column in jobs.c),
        *(column.label(f"document_{column.name}") for column in documents.c),
        *(column.label(f"revision_{column.name}") for column in revisions.c),
    )
    .join(documents, documents.c.id == jobs.c.document_id)
    .join(revisions, (revisions.c.document_id == jobs.c.document_id) & (revisions.c.number == jobs.c.revision))
    .where(jobs.c.id == bindparam("of_job"), documents.c.deleted_at.is_(None))
)
Assignment = tuple[JobRecord, DocumentRecord, RevisionRecord]


def get_assignment(connection: Connection, job_id: str) -> Assignment | None:
    """A job with its document and the revision it is about; `None` when the document was deleted."""
    row = connection.execute(_ASSIGNMENT, {"of_job": job_id}).first()
    if row is None:
        return None
    values = iter(row)
    return (
        JobRecord(**{column.name: next(values) for column in jobs.c}),
        DocumentRecord(**{column.name: next(values) for column in documents.c}),
        RevisionRecord(**{column.name: next(values) for column in revisions.c}),
    )


def list_jobs(
    connection: Connection,
    workspace_id: str,
    *,
    status: str | None = None,
    document_id: str | None = None,
    after: tuple[float, str] | None = None,
    limit: int = 100,
) -> list[JobRecord]:
    """Newest first; `after` is the time and id of the last one already seen."""
    query = select(jobs).where(jobs.c.workspace_id == workspace_id)
    if status is not None:
        query = query.where(jobs.c.status == status)
    if document_id is not None:
        query = query.where(jobs.c.document_id == document_id)
    if after is not None:
        time, last = after
        query = query.where(or_(jobs.c.created_at < time, and_(jobs.c.created_at == time, jobs.c.id < last)))
    query = query.order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(limit)
    return records(JobRecord, connection.execute(query).mappings())


def statuses_of(connection: Connection, job_ids: Collection[str]) -> dict[str, tuple[str, int]]:
    """Status and sequence of the jobs that exist."""
    query = select(jobs.c.id, jobs.c.status, jobs.c.sequence).where(jobs.c.id.in_(list(job_ids)))
    return {id: (str(status), int(sequence)) for id, status, sequence in connection.execute(query)}


_QUEUED = select(jobs.c.id).where(jobs.c.id == bindparam("of_job"), jobs.c.status == "queued")
_STARTED = (
    update(jobs)
    .where(jobs.c.id == _QUEUED.with_for_update(key_share=True, skip_locked=True).scalar_subquery())
    .values(status="running", started_at=now())
)


def mark_started(connection: Connection, job_id: str) -> None:
    """A stage was claimed while the job was queued. Waits for no lock: the next claim, or the end, comes after."""
    connection.execute(_STARTED, {"of_job": job_id})


_FINISHED = (
    update(jobs)
    .where(jobs.c.id == bindparam("of_job"))
    .values(
        status=bindparam("to_status"),
        problem=bindparam("to_problem", type_=jobs.c.problem.type),
        result_key=bindparam("to_key"),
        sequence=bindparam("to_sequence"),
        password=None,
        finished_at=now(),
    )
)


def mark_finished(
    connection: Connection,
    job_id: str,
    *,
    status: str,
    problem: dict[str, Any] | None,
    result_key: str | None,
    sequence: int,
) -> None:
    """The job's last word; its password is gone from here on."""
    last = {
        "of_job": job_id,
        "to_status": status,
        "to_problem": problem,
        "to_key": result_key,
        "to_sequence": sequence,
    }
    connection.execute(_FINISHED, last)


def reopen(connection: Connection, job_id: str, *, password: str | None, traceparent: str | None = None) -> None:
    """A finished job is queued once more."""
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(
            status="queued",
            problem=None,
            result_key=None,
            cancel_requested=False,
            password=password,
            traceparent=traceparent,
            started_at=None,
            finished_at=None,
        )
    )


def forget_password(connection: Connection, job_id: str) -> None:
    """Reading has ended, so that nobody needs it any more."""
    connection.execute(update(jobs).where(jobs.c.id == job_id, jobs.c.password.is_not(None)).values(password=None))


def request_cancel(connection: Connection, job_id: str) -> JobState:
    """Whoever works on the job stops at the next chance; the job is locked from here on."""
    asked = update(jobs).where(jobs.c.id == job_id).values(cancel_requested=True)
    row = connection.execute(asked.returning(jobs.c.id, jobs.c.status, jobs.c.cancel_requested)).mappings().one()
    return record(JobState, row)


def scrub(connection: Connection, document_id: str) -> None:
    """Keep no word of a deleted document in its jobs."""
    connection.execute(
        update(jobs)
        .where(jobs.c.document_id == document_id)
        .values(
            metadata={},
            problem=None,
            password=None,
            result_key=None,
            webhook_url=None,
            schema_body=None,
            traceparent=None,
        )
    )
