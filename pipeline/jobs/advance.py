"""Moving a job on when one of its stages has ended, and ending it when all have."""

import uuid
from collections.abc import Collection
from typing import Any, Literal

from sqlalchemy import Connection

from pipeline.jobs import graph
from pipeline.jobs.doorbell import Queue
from pipeline.jobs.events import emit
from pipeline.settings import Settings
from pipeline.stores.records import batches, generations, jobs, outbox, stages
from pipeline.stores.records.jobs import JobRecord, JobState
from pipeline.stores.records.tables import current_time
from pipeline.tracing.current import current
from schemas.jobs import TERMINAL
from schemas.webhooks import EventType

EndStatus = Literal["succeeded", "partial", "failed", "cancelled"]
EVENTS: dict[EndStatus, EventType] = {
    "succeeded": "job.succeeded",
    "partial": "job.partial",
    "failed": "job.failed",
    "cancelled": "job.cancelled",
}


def advance(connection: Connection, settings: Settings, job: JobState) -> list[Queue]:
    """Open the stages whose turn it is; the queues to ring once the transaction is committed.

    The job is locked, so that of two stages that end at once the second sees the first.
    """
    if job.status in TERMINAL:
        return ["deliver"]
    statuses = stages.statuses_of(connection, job.id)
    finish = statuses.get("finish")
    if finish == "succeeded":
        # The same transaction has ended the job.
        return ["deliver"]
    if job.cancel_requested:
        return _cancel_rest(connection, settings, job.id, statuses.keys())
    if finish == "failed":
        return _end_unfinished(connection, settings, job.id)
    ready, skipped = graph.next_steps(statuses)
    stages.set_status(connection, job.id, skipped, "skipped")
    stages.set_status(connection, job.id, ready, "ready")
    queues: dict[str, Queue] = {stages.stage_id(job.id, name): graph.STAGES[name].queue for name in ready}
    outbox.add_rings(connection, queues)
    return sorted(set(queues.values()))


def _cancel_rest(connection: Connection, settings: Settings, job_id: str, names: Collection[str]) -> list[Queue]:
    """Nothing more begins; the job ends when nothing runs any more."""
    stages.set_status(connection, job_id, names, "cancelled")
    outbox.forget_rings(connection, [stages.stage_id(job_id, name) for name in names])
    # A claim, which does not wait for the job's lock, may have been faster.
    if "running" in stages.statuses_of(connection, job_id).values():
        return []
    end_job(connection, settings, _stored(connection, job_id), status="cancelled")
    return ["deliver"]


def _end_unfinished(connection: Connection, settings: Settings, job_id: str) -> list[Queue]:
    """Not even a result could be put together."""
    failed = next(stage for stage in stages.list_stages(connection, job_id) if stage.name == "finish")
    end_job(connection, settings, _stored(connection, job_id), status="failed", problem=failed.problem)
    return ["deliver"]


def _stored(connection: Connection, job_id: str) -> JobRecord:
    job = jobs.get_job(connection, job_id)
    assert job is not None, "it is locked"
    return job


def end_job(
    connection: Connection,
    settings: Settings,
    job: JobRecord,
    *,
    status: EndStatus,
    problem: dict[str, Any] | None = None,
    result_key: str | None = None,
) -> None:
    """The job's last word, its event, and its line in the batch.

    What was found of the bytes before is found no more, whether or not the job has put something in its place.
    """
    current().note({"sheaf.job.status": status})
    sequence = job.sequence + 1
    if job.revision > 1:
        generations.forget_outdated(connection, job.document_id)
    jobs.mark_finished(connection, job.id, status=status, problem=problem, result_key=result_key, sequence=sequence)
    if job.batch_id is not None:
        batches.settle_batch_job(connection, job.id, status=status, problem=problem)
    emit(
        connection,
        settings,
        EVENTS[status],
        event_id=f"evt_{uuid.uuid5(uuid.NAMESPACE_URL, f'sheaf:{job.id}:{sequence}').hex}",
        workspace_id=job.workspace_id,
        status=status,
        now=current_time(connection),
        job_id=job.id,
        document_id=job.document_id,
        metadata=job.metadata,
        webhook_url=job.webhook_url,
        traceparent=job.traceparent,
    )
