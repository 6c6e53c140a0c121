"""Routes about batches: folders under a declared root, ingested file by file."""

from typing import Annotated, Literal

from fastapi import Query, Response
from starlette.responses import StreamingResponse

from api.http import cursors
from api.http.access import Ingester, Reader, ServicesHere
from api.http.cursors import Cursor, Limit
from api.http.routing import make_router
from pipeline.jobs import batch_views, batches
from schemas.batches import BatchFileView, BatchRequest, BatchView, FileStatus
from schemas.lists import Listing

router = make_router("batches")


@router.post("/batches", status_code=202)
def create_batch(wanted: BatchRequest, response: Response, services: ServicesHere, caller: Ingester) -> BatchView:
    """Ingest a folder. Files that were ingested before, and have not changed, are not ingested again."""
    batch_id = batches.create_batch(services, wanted, workspace_id=caller.workspace_id, actor=caller.actor)
    response.headers["Location"] = f"/v1/batches/{batch_id}"
    return batch_views.get_batch(services, batch_id, workspace_id=caller.workspace_id)


@router.get("/batches")
def list_batches(
    services: ServicesHere, caller: Reader, cursor: Cursor = None, limit: Limit = 50
) -> Listing[BatchView]:
    """All batches, newest first."""
    after = cursors.decode_time_and_id(cursor)
    items, place = batch_views.list_batches(services, workspace_id=caller.workspace_id, after=after, limit=limit)
    return Listing(items=items, next_cursor=cursors.encode(*place) if place else None)


@router.get("/batches/{batch_id}")
def get_batch(batch_id: str, services: ServicesHere, caller: Reader) -> BatchView:
    """One batch: how many files stand where, and how far it is."""
    return batch_views.get_batch(services, batch_id, workspace_id=caller.workspace_id)


@router.get("/batches/{batch_id}/files")
def list_files(
    *,
    batch_id: str,
    services: ServicesHere,
    caller: Reader,
    status: Annotated[list[FileStatus] | None, Query(description="May be given several times.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listing[BatchFileView]:
    """The batch's files, with document, job, and what went wrong."""
    items, last = batch_views.list_files(
        services,
        batch_id,
        workspace_id=caller.workspace_id,
        statuses=status,
        after=cursors.decode_number(cursor),
        limit=limit,
    )
    return Listing(items=items, next_cursor=None if last is None else cursors.encode(last))


@router.get(
    "/batches/{batch_id}/report",
    response_class=StreamingResponse,
    responses={200: {"description": "One line a file.", "content": {"application/x-ndjson": {}, "text/plain": {}}}},
)
def get_report(
    batch_id: str,
    services: ServicesHere,
    caller: Reader,
    wanted: Annotated[Literal["jsonl", "text"], Query(alias="format")] = "jsonl",
) -> StreamingResponse:
    """What became of each file, as JSON Lines or as a table."""
    batch = batch_views.get_batch(services, batch_id, workspace_id=caller.workspace_id)
    if wanted == "text":
        return StreamingResponse(batch_views.report_table(services, batch), media_type="text/plain; charset=utf-8")
    return StreamingResponse(batch_views.report_lines(services, batch), media_type="application/x-ndjson")
