"""Routes about jobs: run again, list, follow, result, cancel, retry."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Body, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.http import cursors, event_stream
from api.http.access import Ingester, Reader, ServicesHere
from api.http.cursors import Cursor, Limit
from api.http.routing import make_router
from pipeline.access.authentication import Caller
from pipeline.errors import NotFound, ResultNotReady, StoreError
from pipeline.jobs import cancel, results, views
from pipeline.jobs.accept import accept_again
from pipeline.jobs.changes import JobChanges
from pipeline.jobs.options import JobOptions
from pipeline.services import Services
from schemas.jobs import TERMINAL, JobRequest, JobStatus, JobView, Result, RetryRequest
from schemas.lists import Listing

router = make_router("jobs")

LOOK_ANYWAY_SECONDS = 5.0
"""How often a stream shows what changes without an event of the job, such as its place in the queue."""

JSON = "application/json"


async def changes_of(request: Request) -> JobChanges:
    """The one loop that waits for jobs."""
    changes = request.app.state.changes
    assert isinstance(changes, JobChanges)
    return changes


ChangesHere = Annotated[JobChanges, Depends(changes_of)]


@router.post("/jobs", status_code=202)
def create_job(wanted: JobRequest, response: Response, services: ServicesHere, caller: Ingester) -> JobView:
    """Run a job over a document that is stored already; what was made of it before is used again."""
    options = JobOptions(
        schema=wanted.schema_,
        tasks=None if wanted.tasks is None else tuple(wanted.tasks),
        webhook_url=wanted.webhook_url,
        metadata=wanted.metadata,
        password=wanted.password,
    )
    job_id = accept_again(
        services,
        wanted.document_id,
        options,
        workspace_id=caller.workspace_id,
        actor=caller.actor,
        limits=caller.limits,
    )
    response.headers["Location"] = f"/v1/jobs/{job_id}"
    return views.get_job(services, job_id, workspace_id=caller.workspace_id)


@router.get("/jobs")
def list_jobs(
    *,
    services: ServicesHere,
    caller: Reader,
    status: JobStatus | None = None,
    document_id: str | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listing[JobView]:
    """All jobs, newest first; those of a status or a document where asked for."""
    after = cursors.decode_time_and_id(cursor)
    items, place = views.list_jobs(
        services,
        workspace_id=caller.workspace_id,
        status=status,
        document_id=document_id,
        after=after,
        limit=limit,
    )
    return Listing(items=items, next_cursor=cursors.encode(*place) if place else None)


@router.get("/jobs/{job_id}")
def get_job(job_id: str, services: ServicesHere, caller: Reader) -> JobView:
    """One job: status, stages, progress, place in the queue."""
    return views.get_job(services, job_id, workspace_id=caller.workspace_id)


@router.get("/jobs/{job_id}/result", response_class=Response, responses={200: {"model": Result}})
async def get_result(
    *,
    job_id: str,
    services: ServicesHere,
    caller: Reader,
    changes: ChangesHere,
    request: Request,
    wait: Annotated[float, Query(ge=0, description="Seconds to wait for the end of the job.")] = 0.0,
) -> Response:
    """The result, once the job has ended; 409 before. Numbers keep the digits of the document."""
    # Whoever asks for the headers has read nothing.
    delivers = not getattr(request.state, "headers_only", False)
    try:
        return await _result(services, job_id, caller, delivers=delivers)
    except ResultNotReady:
        if not wait:
            raise
    try:
        async with asyncio.timeout(min(wait, services.settings.http.max_waiting_seconds)):
            await changes.ended(job_id)
    except TimeoutError:
        pass
    return await _result(services, job_id, caller, delivers=delivers)


async def _result(services: Services, job_id: str, caller: Caller, *, delivers: bool) -> Response:
    stored = await run_in_threadpool(
        results.result, services, job_id, workspace_id=caller.workspace_id, delivers=delivers
    )
    return Response(stored, media_type=JSON)


@router.get(
    "/jobs/{job_id}/events",
    response_class=StreamingResponse,
    responses=event_stream.described("`event: job` with the job at each change, and `event: end` once it has ended."),
)
async def follow_job(
    job_id: str, services: ServicesHere, caller: Reader, changes: ChangesHere, request: Request
) -> StreamingResponse:
    """The job as it goes on, as server-sent events."""
    # Asked here, so that an unknown job is a 404 and no empty stream.
    first = await run_in_threadpool(views.get_job, services, job_id, workspace_id=caller.workspace_id)
    if getattr(request.state, "headers_only", False):
        return event_stream.stream(_nothing())
    return event_stream.stream(_events(services, changes, first, caller.workspace_id))


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield


async def _events(services: Services, changes: JobChanges, view: JobView, workspace_id: str) -> AsyncIterator[bytes]:
    with changes.subscribe(view.id) as subscription:
        shown = _json(view)
        yield event_stream.encode("job", shown)
        while view.status not in TERMINAL:
            try:
                async with asyncio.timeout(LOOK_ANYWAY_SECONDS):
                    await subscription.changed()
            except TimeoutError:
                yield event_stream.STILL_HERE
            if subscription.closed:
                return
            try:
                view = await run_in_threadpool(views.get_job, services, view.id, workspace_id=workspace_id)
            except (StoreError, NotFound):
                # The stream ends without its last event; a client connects again, and hears what is wrong.
                return
            if (now := _json(view)) != shown:
                shown = now
                yield event_stream.encode("job", shown)
        yield event_stream.encode("end", shown)


def _json(view: JobView) -> bytes:
    return view.model_dump_json(by_alias=True).encode()


@router.post("/jobs/{job_id}/cancel", status_code=202)
def cancel_job(job_id: str, services: ServicesHere, caller: Ingester) -> JobView:
    """Stop a job: nothing of it begins any more, and what runs stops within seconds."""
    cancel.cancel(services, job_id, workspace_id=caller.workspace_id, actor=caller.actor)
    return views.get_job(services, job_id, workspace_id=caller.workspace_id)


@router.post("/jobs/{job_id}/retry", status_code=202)
def retry_job(
    job_id: str,
    services: ServicesHere,
    caller: Ingester,
    wanted: Annotated[RetryRequest | None, Body()] = None,
) -> JobView:
    """Run again what did not succeed, with a password where the document needs one."""
    password = wanted.password if wanted else None
    cancel.retry(
        services,
        job_id,
        workspace_id=caller.workspace_id,
        actor=caller.actor,
        password=password,
        limits=caller.limits,
    )
    return views.get_job(services, job_id, workspace_id=caller.workspace_id)
