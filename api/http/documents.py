"""Routes about documents: upload, list, content, file, pages, deletion."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.http import cursors
from api.http.access import Ingester, Reader, ServicesHere
from api.http.cursors import Cursor, Limit
from api.http.downloads import attachment, stream_file
from api.http.idempotency import IdempotencyKey
from api.http.options import FIELDS, form_options
from api.http.requests import declared_length
from api.http.routing import make_router
from api.http.uploads import FORM_BYTES, UploadLimits, received_form
from pipeline.access.authentication import Caller
from pipeline.access.limits import check_room
from pipeline.jobs import contents, deletion, pages, views
from pipeline.jobs.accept import accept
from pipeline.jobs.contents import ContentFormat, Stored
from pipeline.services import Services
from schemas.jobs import Accepted, DeletionReceipt, DocumentView
from schemas.lists import Listing

router = make_router("documents")

UPLOADS = "uploads"

WORTH_ASKING_BYTES = FORM_BYTES
"""Smaller uploads are received before their quota is looked at, which saves a look at the database."""

_FORM = {
    "type": "object",
    "description": "An empty field counts as left out.",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "The document; its type is told by content."},
        "schema": {"type": "string", "description": "`name`, `name@version`, or a JSON Schema as JSON text."},
        "tasks": {"type": "string", "description": "Comma list out of `extract,summarize,index`; default: all."},
        "webhook_url": {"type": "string", "description": "Gets the job's events, signed."},
        "metadata": {"type": "string", "description": "A JSON object of up to 16 kB that comes back in events."},
        "collection": {"type": "string", "maxLength": 120, "description": "A name to filter searches by."},
        "store": {"type": "string", "enum": ["none", ""], "description": "Delete it all once the result was read."},
        "retention": {"type": "string", "maxLength": 40, "description": "A retention class of the workspace."},
        "password": {"type": "string", "format": "password", "description": "Of an encrypted document."},
    },
}


def upload_limits(services: Services) -> UploadLimits:
    """The limits that the settings put on an upload."""
    settings = services.settings
    return UploadLimits(
        folder=settings.data_dir / UPLOADS,
        max_bytes=settings.http.max_upload_bytes,
        idle_seconds=settings.http.upload_idle_seconds,
        reserve_bytes=settings.blobs.reserve_bytes,
    )


@router.post(
    "/documents",
    status_code=202,
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}},
)
async def upload_document(
    request: Request, response: Response, services: ServicesHere, caller: Ingester, key: IdempotencyKey
) -> Accepted:
    """Upload a document and start a job for it.

    Answered once both are stored safely; what was answered with 202 is never lost. The same `Idempotency-Key` with the
    same request is answered with the same job; with another request it is refused.
    """
    if key is None and (length := declared_length(request) or 0) > WORTH_ASKING_BYTES:
        await run_in_threadpool(_check_room, services, caller, length - FORM_BYTES)
    async with received_form(request, FIELDS, upload_limits(services)) as form:
        options = form_options(form.fields)
        acceptance = await run_in_threadpool(
            accept,
            services,
            form.upload,
            options,
            workspace_id=caller.workspace_id,
            actor=caller.actor,
            idempotency_key=key,
            limits=caller.limits,
        )
    response.headers["Location"] = f"/v1/jobs/{acceptance.job_id}"
    return await run_in_threadpool(_accepted, services, caller, acceptance.document_id, acceptance.job_id)


def _check_room(services: Services, caller: Caller, size: int) -> None:
    """What the quotas have no room for is refused before it is sent; one with a key may have been accepted before."""
    if caller.limits is not None:
        with services.database.read() as connection:
            check_room(connection, caller.workspace_id, caller.limits, size=size)


def _accepted(services: Services, caller: Caller, document_id: str, job_id: str) -> Accepted:
    return Accepted(
        document=views.get_document(services, document_id, workspace_id=caller.workspace_id),
        job=views.get_job(services, job_id, workspace_id=caller.workspace_id),
    )


@router.get("/documents")
def list_documents(
    services: ServicesHere, caller: Reader, cursor: Cursor = None, limit: Limit = 50
) -> Listing[DocumentView]:
    """All documents, newest first."""
    after = cursors.decode_time_and_id(cursor)
    items, place = views.list_documents(services, workspace_id=caller.workspace_id, after=after, limit=limit)
    return Listing(items=items, next_cursor=cursors.encode(*place) if place else None)


@router.get("/documents/{document_id}")
def get_document(document_id: str, services: ServicesHere, caller: Reader) -> DocumentView:
    """One document."""
    return views.get_document(services, document_id, workspace_id=caller.workspace_id)


def _file_answer(*media_types: str) -> dict[int | str, dict[str, Any]]:
    binary: dict[str, Any] = {"type": "string", "format": "binary"}
    shown = {kind: {"schema": {} if kind == "application/json" else binary} for kind in media_types}
    return {200: {"description": "The file, as an attachment.", "content": shown}}


@router.get(
    "/documents/{document_id}/content",
    response_class=StreamingResponse,
    responses=_file_answer("text/markdown", "application/json", "text/plain"),
)
def get_content(
    document_id: str,
    request: Request,
    services: ServicesHere,
    caller: Reader,
    wanted: Annotated[ContentFormat, Query(alias="format")] = "markdown",
) -> Response:
    """What was read from the document; 409 before it has been read."""
    return _send(request, contents.content(services, document_id, wanted, workspace_id=caller.workspace_id))


@router.get(
    "/documents/{document_id}/file",
    response_class=StreamingResponse,
    responses=_file_answer("*/*"),
)
def get_file(document_id: str, request: Request, services: ServicesHere, caller: Reader) -> Response:
    """The file as it was uploaded. Single byte ranges are served."""
    return _send(request, contents.original(services, document_id, workspace_id=caller.workspace_id))


def _send(request: Request, stored: Stored) -> Response:
    return stream_file(request, stored.file, size=stored.size, name=stored.name, media_type=stored.media_type)


@router.get(
    "/documents/{document_id}/pages/{number}.png", response_class=StreamingResponse, responses=_file_answer("image/png")
)
def get_page(
    document_id: str, request: Request, services: ServicesHere, caller: Reader, number: int = Path(ge=1, le=100_000)
) -> Response:
    """A page as displayed, as a picture; evidence boxes are fractions of it. Pages count from 1."""
    stored = pages.page_image(services, document_id, number, workspace_id=caller.workspace_id)
    response = _send(request, stored)
    # Our own pixels may be shown in place, unlike a file that somebody uploaded.
    response.headers["Content-Disposition"] = attachment(stored.name)["Content-Disposition"].replace(
        "attachment", "inline", 1
    )
    return response


@router.delete("/documents/{document_id}")
def delete_document(document_id: str, services: ServicesHere, caller: Ingester) -> DeletionReceipt:
    """Remove a document with everything made of it: file, results, passages, vectors. Open jobs are cancelled."""
    receipt = deletion.delete_document(services, document_id, workspace_id=caller.workspace_id, actor=caller.actor)
    return DeletionReceipt(**{**asdict(receipt), "deleted_at": views.moment(receipt.deleted_at)})
