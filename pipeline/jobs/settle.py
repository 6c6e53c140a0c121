"""Settling a claimed stage: what it made, or how it failed, and what opens next, in one transaction or not at all."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from pipeline.errors import LeaseLost, SheafError
from pipeline.jobs.advance import advance
from pipeline.jobs.artifacts import INLINE_BYTES
from pipeline.jobs.claims import Claim, Following
from pipeline.jobs.doorbell import Queue
from pipeline.jobs.failures import Failure
from pipeline.jobs.handlers.read import note_reading
from pipeline.jobs.handlers.work import Made, Work, blob_key
from pipeline.jobs.retry import RetryPolicy
from pipeline.jobs.usage import note_spent
from pipeline.models.spending import Ledger
from pipeline.services import Services
from pipeline.stores.records import artifacts, jobs, outbox, stages
from pipeline.stores.records.stages import StageRecord

log = logging.getLogger("sheaf.jobs")


def settle_succeeded(
    services: Services, work: Work, key: str, made: Made | None, following: Following | None
) -> Claim | None:
    """The artifact becomes visible, the stage succeeds, the next ones open, and one of them is claimed.

    `made` is `None` where the artifact was there before. `following` claims the next stage: a stage costs one
    transaction where one follows another.

    Raises:
        LeaseLost: somebody else has the stage by now.
    """
    stage = work.stage
    where = None
    if made is not None and len(made.data) > INLINE_BYTES:
        where = blob_key(stage, key)
        services.blobs.put(where, [made.data], use_reserve=True)
    problem = made.problem if made is not None else None
    with services.database.write() as connection:
        job = jobs.lock_job(connection, stage.job_id)
        if job is None or not stages.settle_stage(
            connection, stage, status="succeeded", artifact_key=key, problem=problem
        ):
            raise LeaseLost
        if made is not None:
            _add_made(connection, stage, key, made, where)
        add_spent(connection, stage, work.ledger)
        if stage.name == "read":
            note_reading(connection, work, made.facts if made is not None else work.known[key])
        rung = advance(connection, services.settings, job)
        claimed = following(connection) if following is not None else None
    work.ledger.clear()
    _ring(services, rung)
    if made is not None and made.after is not None:
        _tidy_up(made.after, stage)
    return claimed


def _tidy_up(after: Callable[[], None], stage: StageRecord) -> None:
    """The stage has succeeded: what is left behind now is removed by the sweeper."""
    try:
        after()
    except SheafError as error:
        log.warning("not tidied up: %s", error, extra=stage.log_context())


def _add_made(connection: Connection, stage: StageRecord, key: str, made: Made, where: str | None) -> None:
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


def add_spent(connection: Connection, stage: StageRecord, ledger: Ledger) -> None:
    """Add what the stage has spent on models."""
    note_spent(connection, ledger.spent(), workspace_id=stage.workspace_id, work=stage.name, job_id=stage.job_id)


def settle_failed(services: Services, stage: StageRecord, failure: Failure) -> bool:
    """Try again later, or give up, as the policy says; whether it is tried again."""
    policy = RetryPolicy(max_attempts=services.settings.jobs.max_attempts)
    decision = policy.after(failure, attempt=stage.attempt, failures=stage.failures)
    with services.database.write() as connection:
        rung = settle_failure(connection, services, stage, failure, decision.retry_in)
    _ring(services, rung)
    return decision.retry_in is not None


def settle_failure(
    connection: Connection, services: Services, stage: StageRecord, failure: Failure, retry_in: float | None
) -> list[Queue]:
    """Open the stage again after `retry_in` seconds, or end it as failed and let the job go on to its end.

    Returns the queues to ring once the transaction is committed.
    """
    problem = failure.problem(attempts=stage.failures + 1).model_dump(mode="json", exclude_none=True)
    if retry_in is None:
        return _end(connection, services, stage, status="failed", problem=problem)
    if stages.postpone_stage(connection, stage, seconds=retry_in, problem=problem, failed=not failure.waits):
        outbox.add_rings(connection, {stage.id: stage.queue}, after_seconds=retry_in)
    return []


def settle_cancelled(services: Services, stage: StageRecord) -> None:
    """The job was cancelled while the stage ran."""
    with services.database.write() as connection:
        rung = _end(connection, services, stage, status="cancelled")
    _ring(services, rung)


def give_back(services: Services, stage: StageRecord) -> None:
    """Another may claim the stage at once."""
    with services.database.write() as connection:
        if stages.postpone_stage(connection, stage, seconds=0.0, problem=None, failed=False):
            outbox.add_rings(connection, {stage.id: stage.queue})


def _end(
    connection: Connection,
    services: Services,
    stage: StageRecord,
    *,
    status: str,
    problem: Mapping[str, Any] | None = None,
) -> list[Queue]:
    job = jobs.lock_job(connection, stage.job_id)
    if job is None or not stages.settle_stage(connection, stage, status=status, problem=problem):
        return []
    return advance(connection, services.settings, job)


def _ring(services: Services, queues: list[Queue]) -> None:
    for queue in queues:
        services.doorbell.ring(queue)
