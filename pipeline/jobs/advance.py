"""Moving a job on when one of its stages has ended, and ending it when all have."""

import uuid
from typing import Any, Literal

from sqlalchemy import Connection

from pipeline.jobs import graph
from pipeline.jobs.doorbell import Queue
from pipeline.jobs.events import emit
from pipeline.settings import Settings
from pipeline.stores.records import batches, jobs, outbox, stages
from pipeline.stores.records.jobs import JobRecord
from pipeline.stores.records.tables import current_time
from schemas.jobs import TERMINAL
from schemas.webhooks import EventType

EndStatus = Literal["succeeded", "partial", "failed", "cancelled"]
EVENTS: dict[EndStatus, EventType] = {
    "succeeded": "job.succeeded",
    "partial": "job.partial",
    "failed": "job.failed",
    "cancelled": "job.cancelled",
}


def advance(connection: Connection, settings: Settings, job_id: str) -> list[Queue]:
    """Open the stages whose turn it is; the queues to ring once the transaction is committed.

    The job's row is locked, so that of two stages that end at once the second sees the first.
    """
    job = jobs.get_job(connection, job_id, lock=True)
    if job is None:
        return []
    if job.status in TERMINAL:
        return ["deliver"]
    statuses = {stage.name: stage.status for stage in stages.list_stages(connection, job_id)}
    if job.cancel_requested:
        return _cancel_rest(connection, settings, job, statuses)
    if statuses.get("finish") == "failed":
        failed = next(s for s in stages.list_stages(connection, job_id) if s.name == "finish")
        end_job(connection, settings, job, status="failed", problem=failed.problem)
        return ["deliver"]
    ready, skipped = graph.next_steps(statuses)
    stages.set_status(connection, job_id, skipped, "skipped")
    stages.set_status(connection, job_id, ready, "ready")
    queues: dict[str, Queue] = {stages.stage_id(job_id, name): graph.STAGES[name].queue for name in ready}
    outbox.add_rings(connection, queues)
    return sorted(set(queues.values()))


def _cancel_rest(connection: Connection, settings: Settings, job: JobRecord, statuses: dict[str, str]) -> list[Queue]:
    """Nothing more begins; the job ends when nothing runs any more."""
    stages.set_status(connection, job.id, statuses.keys(), "cancelled")
    outbox.forget_rings(connection, [stages.stage_id(job.id, name) for name in statuses])
    if "running" in statuses.values():
        return []
    end_job(connection, settings, job, status="cancelled")
    return ["deliver"]


def end_job(
    connection: Connection,
    settings: Settings,
    job: JobRecord,
    *,
    status: EndStatus,
    problem: dict[str, Any] | None = None,
    result_key: str | None = None,
) -> None:
    """The job's last word, its event, and its line in the batch."""
    sequence = job.sequence + 1
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
        sequence=sequence,
        now=current_time(connection),
        job_id=job.id,
        document_id=job.document_id,
        metadata=job.metadata,
        webhook_url=job.webhook_url,
    )
