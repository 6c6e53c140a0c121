"""The sweeper's rules: whatever was dropped on the way is picked up again. Safe to run in several processes."""

import logging
import time
from collections.abc import Collection

from pipeline.answering.conversation import KEPT_SECONDS
from pipeline.errors import DatabaseUnavailable, SheafError, WorkerLost
from pipeline.jobs.deletion import purge
from pipeline.jobs.doorbell import QUEUES
from pipeline.jobs.failures import classify
from pipeline.jobs.removal import remove_closed
from pipeline.jobs.retention import retire
from pipeline.jobs.retry import RetryPolicy
from pipeline.jobs.settle import settle_failure
from pipeline.jobs.stale import remove_stale
from pipeline.services import Services
from pipeline.stores.records import conversations, deliveries, documents, idempotency, jobs, outbox, quotas, stages
from pipeline.stores.records.history import expire_history
from pipeline.stores.records.stages import StageRecord
from pipeline.stores.records.usage_totals import fold

log = logging.getLogger("sheaf.jobs")

FORGOTTEN_AT_ONCE = 500
"""Deliveries, in one transaction."""
DAY_SECONDS = 86_400.0
TIDY_FOR_SECONDS = 20.0
"""Nobody sweeps meanwhile."""


def sweep(services: Services) -> set[str]:
    """One round: open stages whose lease ran out, and ring for everything that waits; the queues that were rung."""
    reopen_lost(services)
    with services.database.read() as connection:
        queues = set(outbox.due_queues(connection))
        if deliveries.lost_deliveries(connection):
            queues.add("deliver")
    return _ring(services, queues)


def _ring(services: Services, queues: Collection[str]) -> set[str]:
    return {queue for queue in QUEUES if queue in queues and services.doorbell.ring(queue)}


def reopen_lost(services: Services) -> int:
    """Stages of workers that are gone can be claimed again, or end as failed after their attempts; how many."""
    with services.database.read() as connection:
        lost = stages.expired_stages(connection)
    # A transaction each: whoever waits for locks of several jobs may wait for ever.
    rung = [_reopen(services, stage) for stage in lost]
    _ring(services, set().union(*rung))
    return sum(bool(queues) for queues in rung)


def _reopen(services: Services, stage: StageRecord) -> set[str]:
    """The queues to ring; none when the stage was settled or its lease renewed meanwhile."""
    policy = RetryPolicy(max_attempts=services.settings.jobs.max_attempts)
    failure = classify(WorkerLost())
    with services.database.write() as connection:
        jobs.lock_job(connection, stage.job_id)
        if not stages.has_expired(connection, stage):
            return set()
        log.warning("lease ran out", extra=stage.log_context())
        # No back-off after a lost worker: its stage may have been the next user's only job.
        decision = policy.decide(failure, attempts=stage.failures + 1)
        retry_in = None if decision.retry_in is None else 0.0
        return {*settle_failure(connection, services, stage, failure, retry_in), stage.queue}


def tidy(services: Services) -> bool:
    """Once in a while: what has expired is deleted or forgotten, and deletions that were interrupted are ended.

    Begins nothing more after `TIDY_FOR_SECONDS`; whether it is to go on after the next sweep.
    """
    until = time.monotonic() + TIDY_FOR_SECONDS
    more = retire(services, until=until)
    more = remove_closed(services, until=until) or more
    with services.database.write() as connection:
        idempotency.expire_idempotent(connection, older_than_seconds=services.settings.jobs.idempotency_hours * 3600.0)
        conversations.expire_conversations(connection, older_than_seconds=KEPT_SECONDS)
        quotas.expire_quotas(connection)
        deliveries.expire_receivers(connection)
        left = [*documents.deleted_documents(connection), *documents.purged_early(connection)]
    more = _remove_stale(services, until) or _forget_history(services, until) or more
    _fold_usage(services, until)
    for document in left:
        try:
            purge(services, document.id, workspace_id=document.workspace_id)
        except SheafError as error:
            log.warning("purge of %s failed: %s", document.id, error)
        except Exception:
            # The same document comes first every time: it must not keep those behind it.
            log.exception("purge of %s failed", document.id)
        if time.monotonic() >= until:
            break
    if not services.database.checkpoint():
        log.info("the database's log is being read; it is emptied at the next look")
    return more


def _forget_history(services: Services, until: float) -> bool:
    """Whether there is more to forget than there was time for; in small transactions, since others write too."""
    days = services.settings.webhooks.history_days
    forgotten = FORGOTTEN_AT_ONCE if days > 0 else 0
    while forgotten == FORGOTTEN_AT_ONCE:
        if time.monotonic() >= until:
            return True
        with services.database.write() as connection:
            forgotten = expire_history(connection, older_than_seconds=days * DAY_SECONDS, limit=FORGOTTEN_AT_ONCE)
    return False


def _fold_usage(services: Services, until: float) -> None:
    """What is left behind is read by whoever asks for the sums, and folded the next time."""
    more = True
    try:
        while more and time.monotonic() < until:
            with services.database.write() as connection:
                more = fold(connection)
    except DatabaseUnavailable as error:
        log.info("usage is not folded now: %s", error)


def _remove_stale(services: Services, until: float) -> bool:
    """Whether there is more to remove than there was time for."""
    try:
        while time.monotonic() < until:
            if not remove_stale(services):
                return False
    except SheafError as error:
        log.warning("stale points are not removed: %s", error)
        return False
    return True
