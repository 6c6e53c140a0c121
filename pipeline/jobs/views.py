"""Documents and jobs as a client sees them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Connection

from pipeline.errors import NotFound
from pipeline.jobs import graph
from pipeline.jobs.schemas import INLINE
from pipeline.services import Services
from pipeline.stores.records import documents, jobs, stages
from pipeline.stores.records.documents import DocumentRecord
from pipeline.stores.records.jobs import JobRecord
from pipeline.stores.records.stages import StageRecord
from schemas.jobs import TERMINAL, DocumentView, JobStatus, JobView, StageName, StageStatus, StageView, Task
from schemas.problems import Problem

Place = tuple[float, str]
"""Time and id of the last item of a page."""


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def optional_moment(seconds: float | None) -> datetime | None:
    """The same for a time that may not have come."""
    return None if seconds is None else moment(seconds)


def optional_problem(stored: dict[str, Any] | None) -> Problem | None:
    """A stored problem."""
    return None if stored is None else Problem.model_validate(stored)


def document_view(record: DocumentRecord) -> DocumentView:
    """A document."""
    return DocumentView(
        id=record.id,
        name=record.name,
        media_type=record.media_type,
        size=record.size,
        sha256=record.sha256,
        collection=record.collection,
        metadata=record.metadata,
        pages=record.pages,
        seconds=record.seconds,
        created_at=moment(record.created_at),
    )


def job_view(
    job: JobRecord, job_stages: Iterable[StageRecord], queue_position: int | None, document_name: str | None = None
) -> JobView:
    """A job with its stages in the order they run."""
    order = list(graph.STAGES)
    ordered = sorted(job_stages, key=lambda stage: order.index(stage.name))
    return JobView(
        id=job.id,
        document_id=job.document_id,
        document_name=document_name,
        status=cast("JobStatus", job.status),
        schema_=schema_name(job),
        tasks=cast("list[Task]", job.tasks),
        progress=progress(job.status, ordered),
        queue_position=queue_position,
        stages=[_stage_view(stage) for stage in ordered],
        created_at=moment(job.created_at),
        finished_at=optional_moment(job.finished_at),
        problem=optional_problem(job.problem),
    )


def schema_name(job: JobRecord) -> str | None:
    """`name@version`, `inline`, or nothing."""
    if job.schema_name is None or job.schema_name == INLINE:
        return job.schema_name
    return f"{job.schema_name}@{job.schema_version}"


def progress(status: str, job_stages: Iterable[StageRecord]) -> float:
    """0 to 1: each stage counts the same; an ended job is done."""
    if status in TERMINAL:
        return 1.0
    shares = [
        1.0 if stage.status in graph.ENDED else (stage.progress or 0.0 if stage.status == "running" else 0.0)
        for stage in job_stages
    ]
    return round(sum(shares) / len(shares), 4) if shares else 0.0


def _stage_view(stage: StageRecord) -> StageView:
    return StageView(
        name=cast("StageName", stage.name),
        status=cast("StageStatus", stage.status),
        attempt=stage.attempt,
        progress=stage.progress,
        started_at=optional_moment(stage.started_at),
        finished_at=optional_moment(stage.finished_at),
        problem=optional_problem(stage.problem),
    )


def get_document(services: Services, document_id: str, *, workspace_id: str) -> DocumentView:
    """One document.

    Raises:
        NotFound: the workspace has none of that id.
    """
    with services.database.read() as connection:
        return document_view(need_document(connection, workspace_id, document_id))


def need_document(connection: Connection, workspace_id: str, document_id: str) -> DocumentRecord:
    """The record of a document.

    Raises:
        NotFound: the workspace has none of that id.
    """
    found = documents.get_document(connection, workspace_id, document_id)
    if found is None:
        raise NotFound(f"there is no document {document_id[:60]}", id=document_id[:60])
    return found


def list_documents(
    services: Services, *, workspace_id: str, after: Place | None, limit: int
) -> tuple[list[DocumentView], Place | None]:
    """Newest first, and where the next page begins."""
    with services.database.read() as connection:
        found = documents.list_documents(connection, workspace_id, after=after, limit=limit + 1)
    shown, more = found[:limit], len(found) > limit
    return [document_view(record) for record in shown], (shown[-1].created_at, shown[-1].id) if more else None


def get_job(services: Services, job_id: str, *, workspace_id: str) -> JobView:
    """One job.

    Raises:
        NotFound: the workspace has none of that id.
    """
    with services.database.read() as connection:
        job = need_job(connection, workspace_id, job_id)
        names = documents.names_of(connection, [job.document_id])
        return _view(connection, job, stages.list_stages(connection, job.id), names)


def need_job(connection: Connection, workspace_id: str, job_id: str) -> JobRecord:
    """The record of a job.

    Raises:
        NotFound: the workspace has none of that id.
    """
    found = jobs.get_job(connection, job_id, workspace_id=workspace_id)
    if found is None:
        raise NotFound(f"there is no job {job_id[:60]}", id=job_id[:60])
    return found


def _view(connection: Connection, job: JobRecord, job_stages: list[StageRecord], names: Mapping[str, str]) -> JobView:
    first = next((stage for stage in job_stages if stage.name == "read"), None)
    position = stages.position(connection, first) if first is not None and job.status == "queued" else None
    return job_view(job, job_stages, position, names.get(job.document_id))


def list_jobs(
    services: Services,
    *,
    workspace_id: str,
    status: str | None,
    document_id: str | None,
    after: Place | None,
    limit: int,
) -> tuple[list[JobView], Place | None]:
    """Newest first, and where the next page begins."""
    with services.database.read() as connection:
        found = jobs.list_jobs(
            connection, workspace_id, status=status, document_id=document_id, after=after, limit=limit + 1
        )
        shown, more = found[:limit], len(found) > limit
        stages_of = stages.stages_of(connection, [job.id for job in shown])
        names = documents.names_of(connection, {job.document_id for job in shown})
        views = [_view(connection, job, stages_of[job.id], names) for job in shown]
    return views, (shown[-1].created_at, shown[-1].id) if more else None
