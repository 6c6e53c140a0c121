"""Running one claimed stage: reuse or make its artifact, then settle it in one transaction."""

import logging
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from pipeline.errors import JobCancelled, LeaseLost, WorkReleased
from pipeline.jobs.advance import advance
from pipeline.jobs.artifacts import INLINE_BYTES
from pipeline.jobs.deletion import purge
from pipeline.jobs.doorbell import Queue
from pipeline.jobs.failures import Failure, classify
from pipeline.jobs.handlers.annotate import Annotate
from pipeline.jobs.handlers.extract import Extract
from pipeline.jobs.handlers.finish import Finish
from pipeline.jobs.handlers.index import Index
from pipeline.jobs.handlers.read import Read, note_reading
from pipeline.jobs.handlers.summarize import Summarize
from pipeline.jobs.handlers.work import Handler, Made, Work, artifact_key, blob_key
from pipeline.jobs.leases import Lease
from pipeline.jobs.retry import RetryPolicy
from pipeline.jobs.usage import note_spent
from pipeline.models.spending import Ledger
from pipeline.services import Services
from pipeline.stores.records import artifacts, documents, jobs, outbox, stages
from pipeline.stores.records.stages import StageRecord

log = logging.getLogger("sheaf.jobs")

HANDLERS: dict[str, Handler] = {
    "read": Read(),
    "extract": Extract(),
    "summarize": Summarize(),
    "index": Index(),
    "annotate": Annotate(),
    "finish": Finish(),
}


def claim(services: Services, queue: str, worker: str) -> StageRecord | None:
    """Take the best stage of the queue, answer its ring, and mark its job as running."""
    with services.database.write() as connection:
        stage = stages.claim_stage(connection, queue, worker=worker, lease_seconds=services.settings.jobs.lease_seconds)
        if stage is not None:
            outbox.forget_rings(connection, [stage.id])
            jobs.mark_started(connection, stage.job_id)
    return stage


def run_stage(services: Services, lease: Lease, handlers: Mapping[str, Handler] = HANDLERS) -> None:
    """Do a claimed stage and settle it, whatever happens; raises only when the database is away."""
    stage = lease.stage
    started = time.monotonic()
    ledger = Ledger()
    try:
        work = _load(services, lease, ledger)
        _complete(services, work, handlers[stage.name])
        log.info("stage done", extra={**stage.log_context(), "seconds": round(time.monotonic() - started, 3)})
    except LeaseLost:
        log.info("stage given up: another worker has it, or its document was deleted", extra=stage.log_context())
        with services.database.read() as connection:
            deleted = documents.is_deleted(connection, stage.document_id)
        if deleted:
            # Our late writes may have come after the purge.
            purge(services, stage.document_id)
    except JobCancelled:
        _settle_cancelled(services, stage)
    except WorkReleased:
        log.info("stage given back", extra=stage.log_context())
        with services.database.write() as connection:
            if stages.postpone_stage(connection, stage, seconds=0.0, problem=None, failed=False):
                outbox.add_rings(connection, {stage.id: stage.queue})
    except Exception as error:
        failure = classify(error)
        trace = failure.category == "internal"
        log.warning("stage failed: %s", failure.name, extra=stage.log_context(), exc_info=trace)
        _settle_failed(services, stage, failure)
    finally:
        _note_wasted(services, stage, ledger)


def _note_wasted(services: Services, stage: StageRecord, ledger: Ledger) -> None:
    """What an attempt spent on models before it failed was spent all the same."""
    if ledger.spent():
        with services.database.write() as connection:
            _note_spent(connection, stage, ledger)


def _note_spent(connection: Connection, stage: StageRecord, ledger: Ledger) -> None:
    note_spent(connection, ledger.spent(), workspace_id=stage.workspace_id, work=stage.name, job_id=stage.job_id)


def _load(services: Services, lease: Lease, ledger: Ledger) -> Work:
    with services.database.read() as connection:
        assignment = jobs.get_assignment(connection, lease.stage.job_id)
        made = artifacts.artifacts_of(connection, lease.stage.job_id)
    if assignment is None:
        raise LeaseLost
    job, document, revision = assignment
    return Work(
        services=services,
        stage=lease.stage,
        job=job,
        document=document,
        revision=revision,
        artifacts=made,
        progress=lease.report,
        cancelled=lease.stopped,
        ledger=ledger,
    )


def _complete(services: Services, work: Work, handler: Handler) -> None:
    key = artifact_key(work.stage.name, handler.inputs(work))
    with services.database.read() as connection:
        artifact = artifacts.get_artifact(
            connection,
            workspace_id=work.job.workspace_id,
            document_id=work.document.id,
            stage=work.stage.name,
            key=key,
        )
    made = None
    if artifact is None:
        made = handler.make(work)
    if work.cancelled():
        raise JobCancelled
    if made is not None and not made.reusable:
        key = artifact_key(work.stage.name, [key, work.job.id, work.job.sequence])
    facts = made.facts if made is not None else artifact.facts if artifact is not None else {}
    _commit(services, work, key, made, facts)


def _commit(services: Services, work: Work, key: str, made: Made | None, facts: Mapping[str, Any]) -> None:
    """The artifact becomes visible, the stage succeeds and the next ones open, in one transaction or not at all."""
    stage = work.stage
    where = None
    if made is not None and len(made.data) > INLINE_BYTES:
        where = blob_key(stage, key)
        services.blobs.put(where, [made.data], use_reserve=True)
    with services.database.write() as connection:
        problem = made.problem if made is not None else None
        if not stages.settle_stage(connection, stage, status="succeeded", artifact_key=key, problem=problem):
            raise LeaseLost
        if made is not None:
            artifacts.add_artifact(
                connection,
                workspace_id=stage.workspace_id,
                document_id=stage.document_id,
                stage=stage.name,
                key=key,
                blob_key=where,
                content=made.data if where is None else None,
                size=len(made.data),
                facts=made.facts,
            )
            if made.commit is not None:
                made.commit(connection)
        _note_spent(connection, stage, work.ledger)
        if stage.name == "read":
            note_reading(connection, work, facts)
        rung = advance(connection, services.settings, stage.job_id)
    work.ledger.clear()
    for queue in rung:
        services.doorbell.ring(queue)


def _settle_failed(services: Services, stage: StageRecord, failure: Failure) -> None:
    policy = RetryPolicy(max_attempts=services.settings.jobs.max_attempts)
    # Waiting for a store is no attempt at the document: it grows the pause, and never uses up the attempts.
    attempts = stage.attempt if failure.category == "store" else stage.failures + 1
    decision = policy.decide(failure, attempts=attempts)
    with services.database.write() as connection:
        rung = settle_failure(connection, services, stage, failure, decision.retry_in)
    for queue in rung:
        services.doorbell.ring(queue)


def settle_failure(
    connection: Connection, services: Services, stage: StageRecord, failure: Failure, retry_in: float | None
) -> list[Queue]:
    """Open the stage again after `retry_in` seconds, or end it as failed and let the job go on to its end.

    Returns the queues to ring once the transaction is committed.
    """
    problem = failure.problem(attempts=stage.failures + 1).model_dump(mode="json", exclude_none=True)
    if retry_in is not None:
        if stages.postpone_stage(
            connection, stage, seconds=retry_in, problem=problem, failed=failure.category != "store"
        ):
            outbox.add_rings(connection, {stage.id: stage.queue}, after_seconds=retry_in)
        return []
    if stages.settle_stage(connection, stage, status="failed", problem=problem):
        return advance(connection, services.settings, stage.job_id)
    return []


def _settle_cancelled(services: Services, stage: StageRecord) -> None:
    with services.database.write() as connection:
        settled = stages.settle_stage(connection, stage, status="cancelled")
        rung = advance(connection, services.settings, stage.job_id) if settled else []
    for queue in rung:
        services.doorbell.ring(queue)
