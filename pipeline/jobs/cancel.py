"""Stopping a job, and running an ended one again."""

from collections.abc import Mapping
from contextlib import AbstractContextManager

from sqlalchemy import Connection

from pipeline.access.limits import take_rerun
from pipeline.errors import NotCancellable, NotFound, NotRetryable
from pipeline.jobs import graph
from pipeline.jobs.advance import advance
from pipeline.jobs.handlers.read import has_failed_pages
from pipeline.jobs.handlers.work import was_cut_short
from pipeline.services import Services
from pipeline.settings import Limits
from pipeline.stores.records import artifacts, audit, documents, jobs, outbox, stages
from pipeline.stores.records.jobs import JobRecord
from pipeline.tracing.attributes import Facts
from pipeline.tracing.context import parse
from pipeline.tracing.current import current, spanned
from pipeline.tracing.spans import Span
from schemas.jobs import TERMINAL

ASKED_AGAIN = {"extract": {"extract", "annotate"}, "summarize": {"summarize"}}
"""Stages that may ask a model, and what runs again with each."""


def cancel(services: Services, job_id: str, *, workspace_id: str, actor: str) -> None:
    """Nothing of the job begins any more; what runs stops within seconds.

    Raises:
        NotFound: there is no such job.
        NotCancellable: it has ended.
    """
    with services.database.write(durable=True) as connection:
        job = jobs.get_job(connection, job_id, workspace_id=workspace_id, lock=True)
        if job is None:
            raise NotFound(f"there is no job {job_id}", id=job_id)
        if job.status in TERMINAL:
            raise NotCancellable(f"the job is {job.status}", job_status=job.status)
        asked = jobs.request_cancel(connection, job_id)
        audit.add_event(connection, workspace_id=workspace_id, actor=actor, action="job.cancelled", object_id=job_id)
        rung = advance(connection, services.settings, asked)
    for queue in rung:
        services.doorbell.ring(queue)


def retry(
    services: Services,
    job_id: str,
    *,
    workspace_id: str,
    actor: str,
    password: str | None = None,
    limits: Limits | None = None,
) -> None:
    """Run again what did not succeed; artifacts that are there are used, but for a reading with pages that failed.

    `password` opens an encrypted document. Every retry is counted; beyond `limits` it is refused.

    Raises:
        NotFound: there is no such job, or its document was deleted.
        NotRetryable: the job has not ended, or has succeeded.
        QuotaExceeded: the workspace has too many open jobs, or has run as many again today as it may.
    """
    with services.database.write(durable=True) as connection:
        job = jobs.get_job(connection, job_id, workspace_id=workspace_id, lock=True)
        if job is None or documents.get_document(connection, workspace_id, job.document_id) is None:
            raise NotFound(f"there is no job {job_id}", id=job_id)
        if job.status not in TERMINAL - {"succeeded"}:
            raise NotRetryable(f"the job is {job.status}", job_status=job.status)
        with _retried(services, job) as span:
            statuses = stages.statuses_of(connection, job_id)
            again = _unfinished(connection, job_id, statuses)
            ready, _ = graph.next_steps({**statuses, **dict.fromkeys(again, "waiting")})
            stages.reopen_stages(connection, job_id, ready=ready, waiting=again - ready)
            outbox.add_rings(connection, {stages.stage_id(job_id, name): graph.STAGES[name].queue for name in ready})
            sealed = services.secrets.seal(password) if password is not None else None
            below = span.context.header() if span.context is not None else job.traceparent
            jobs.reopen(connection, job_id, password=sealed, traceparent=below)
            take_rerun(connection, workspace_id, limits)
            audit.add_event(connection, workspace_id=workspace_id, actor=actor, action="job.retried", object_id=job_id)
    for name in ready:
        services.doorbell.ring(graph.STAGES[name].queue)


def _retried(services: Services, job: JobRecord) -> AbstractContextManager[Span]:
    """A span in the job's own trace, which what is run again is below; the request is another trace, and linked."""
    asked = current()
    about: Facts = {"sheaf.workspace": job.workspace_id, "sheaf.document": job.document_id, "sheaf.job": job.id}
    asked.note(about)
    parent = parse(job.traceparent) or asked.context
    return spanned(services.tracer, "job retry", "producer", parent=parent, facts=about, link=asked.context)


def _unfinished(connection: Connection, job_id: str, statuses: Mapping[str, str]) -> set[str]:
    """The stages that a retry runs: all of them where pages could not be read, since each works on the reading.

    Where a model left something out it is asked again.
    """
    made = artifacts.artifacts_of(connection, job_id)
    if (reading := made.get("read")) is not None and has_failed_pages(reading.facts):
        return set(statuses)
    again = {name for name, status in statuses.items() if status != "succeeded" or name == "finish"}
    for name, with_it in ASKED_AGAIN.items():
        if (artifact := made.get(name)) is not None and was_cut_short(artifact.facts):
            again |= with_it & set(statuses)
    return again
