"""Running one claimed stage: use the artifact that is there or make it, and settle it, whatever happens."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from pipeline.errors import JobCancelled, LeaseLost, StoreError, WorkReleased
from pipeline.jobs.claims import Claim, Following
from pipeline.jobs.deletion import purge
from pipeline.jobs.failures import classify
from pipeline.jobs.handlers.annotate import Annotate
from pipeline.jobs.handlers.extract import Extract
from pipeline.jobs.handlers.finish import Finish
from pipeline.jobs.handlers.index import Index
from pipeline.jobs.handlers.read import Read
from pipeline.jobs.handlers.summarize import Summarize
from pipeline.jobs.handlers.work import Handler, Work, artifact_key
from pipeline.jobs.leases import Lease
from pipeline.jobs.settle import add_spent, give_back, settle_cancelled, settle_failed, settle_succeeded
from pipeline.models.spending import Ledger
from pipeline.services import Services
from pipeline.stores.records import documents
from pipeline.stores.records.stages import StageRecord
from pipeline.stores.records.workspaces import hold_workspace
from pipeline.tracing.attributes import Facts
from pipeline.tracing.context import parse
from pipeline.tracing.current import current, spanned

log = logging.getLogger("sheaf.jobs")

Settled = TypeVar("Settled")

ASK_SECONDS = 1.0
"""How often a database that is away is asked whether a stage can be settled."""

HANDLERS: dict[str, Handler] = {
    "read": Read(),
    "extract": Extract(),
    "summarize": Summarize(),
    "index": Index(),
    "annotate": Annotate(),
    "finish": Finish(),
}


def run_stage(
    services: Services,
    claim: Claim,
    lease: Lease,
    handlers: Mapping[str, Handler] = HANDLERS,
    following: Following | None = None,
) -> Claim | None:
    """Do a claimed stage and settle it, whatever happens; what `following` claimed when it succeeded.

    A database that is away is waited for as long as the lease is held: a stage that nobody settles is taken for one
    that killed its worker.

    Raises:
        StoreError: the database is away, and the lease is lost or the service stops.
    """
    stage = claim.stage
    upload = parse(claim.assignment[0].traceparent) if claim.assignment is not None else None
    with spanned(services.tracer, f"stage {stage.name}", "consumer", parent=upload, facts=_about(stage)):
        return _run(services, claim, lease, handlers, following)


def _about(stage: StageRecord) -> Facts:
    return {
        "sheaf.workspace": stage.workspace_id,
        "sheaf.document": stage.document_id,
        "sheaf.job": stage.job_id,
        "sheaf.stage": stage.name,
        "sheaf.queue": stage.queue,
        "sheaf.attempt": stage.attempt,
    }


def _run(
    services: Services, claim: Claim, lease: Lease, handlers: Mapping[str, Handler], following: Following | None
) -> Claim | None:
    stage, span = claim.stage, current()
    started = time.monotonic()
    ledger = Ledger()
    try:
        claimed = _complete(services, _work(services, claim, lease, ledger), handlers[stage.name], following)
    except LeaseLost:
        log.info("stage given up: another worker has it, or its document was deleted", extra=stage.log_context())
        span.note({"sheaf.status": "lost"})
    except JobCancelled:
        span.note({"sheaf.status": "cancelled"})
        _settle_once_possible(lease, lambda: settle_cancelled(services, stage))
    except WorkReleased:
        log.info("stage given back", extra=stage.log_context())
        span.note({"sheaf.status": "given-back"})
        give_back(services, stage)
    except Exception as error:
        failure = classify(error)
        trace = failure.category == "internal"
        log.warning("stage failed: %s", failure.name, extra=stage.log_context(), exc_info=trace)
        span.fail(failure.name, failure.category)
        postponed = _settle_once_possible(lease, lambda: settle_failed(services, stage, failure))
        span.note({"sheaf.status": "postponed" if postponed else "failed"})
    else:
        span.note({"sheaf.status": "succeeded"})
        log.info("stage done", extra={**stage.log_context(), "seconds": round(time.monotonic() - started, 3)})
        return claimed
    finally:
        _note_wasted(services, stage, ledger)
    _purge_deleted(services, stage)
    return None


def _work(services: Services, claim: Claim, lease: Lease, ledger: Ledger) -> Work:
    if claim.assignment is None:
        raise LeaseLost
    job, document, revision = claim.assignment
    return Work(
        services=services,
        stage=claim.stage,
        job=job,
        document=document,
        revision=revision,
        artifacts=claim.artifacts,
        known=claim.known,
        progress=lease.report,
        cancelled=lease.stopped,
        ledger=ledger,
    )


def _complete(services: Services, work: Work, handler: Handler, following: Following | None) -> Claim | None:
    key = artifact_key(work.stage.name, handler.inputs(work))
    made = None if key in work.known else handler.make(work)
    if work.cancelled():
        raise JobCancelled
    if made is not None and not made.reusable:
        key = artifact_key(work.stage.name, [key, work.job.id, work.job.sequence])
    return settle_succeeded(services, work, key, made, following)


def _settle_once_possible(lease: Lease, settle: Callable[[], Settled]) -> Settled:
    """Ask the database again while it is away, and while the lease is held, which its keeper tells."""
    waited = False
    while True:
        try:
            return settle()
        except StoreError as error:
            if not lease.held:
                raise
            if not waited:
                log.warning("not settled yet: %s", error, extra=lease.stage.log_context())
            waited = True
        time.sleep(ASK_SECONDS)


def _purge_deleted(services: Services, stage: StageRecord) -> None:
    """Our late writes may have come after the purge, however the work on the document ended."""
    with services.database.read() as connection:
        deleted = documents.is_deleted(connection, stage.document_id)
    if deleted:
        purge(services, stage.document_id, workspace_id=stage.workspace_id)


def _note_wasted(services: Services, stage: StageRecord, ledger: Ledger) -> None:
    """What an attempt spent on models before it failed was spent all the same."""
    if ledger.spent():
        with services.database.write() as connection:
            if hold_workspace(connection, stage.workspace_id):
                add_spent(connection, stage, ledger)
