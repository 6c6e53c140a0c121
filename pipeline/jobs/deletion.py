"""Deleting a document: invisible at once, then removed from every store, and a receipt that says so."""

import uuid
from dataclasses import dataclass

from sqlalchemy import Connection

from pipeline.errors import NotFound
from pipeline.jobs.advance import advance
from pipeline.jobs.events import emit
from pipeline.services import Services
from pipeline.stores.records import (
    annotations,
    artifacts,
    audit,
    batches,
    chunks,
    deliveries,
    documents,
    generations,
    idempotency,
    jobs,
    pages,
    stages,
    stored_bytes,
)
from pipeline.stores.records.tables import current_time
from schemas.jobs import TERMINAL

ALL_JOBS = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What was removed."""

    document_id: str
    blobs: int
    chunks: int
    vectors: int
    deleted_at: float


def delete_document(
    services: Services, document_id: str, *, workspace_id: str, actor: str, keep_sources: bool = False
) -> Receipt:
    """Delete a document with everything made of it.

    Should the process die in between, the document is already invisible and the sweeper removes the rest. With
    `keep_sources` watched folders go on to know its files, and do not ingest them again while they stay as they are.

    Raises:
        NotFound: there is no such document.
        StoreError: a store is away; the sweeper goes on when it is back.
    """
    with services.database.write(durable=True) as connection:
        document = documents.get_document(connection, workspace_id, document_id)
        if document is None:
            raise NotFound(f"there is no document {document_id}", id=document_id)
        _stop_jobs(connection, services, workspace_id, document_id)
        documents.mark_deleted(connection, document_id)
        if keep_sources:
            batches.detach_sources(connection, document_id)
        deliveries.drop_document_bodies(connection, document_id)
        audit.add_event(
            connection,
            workspace_id=workspace_id,
            actor=actor,
            action="document.deleted",
            object_id=document_id,
            even_deleted=True,
        )
        deleted_at = current_time(connection)
        emit(
            connection,
            services.settings,
            "document.deleted",
            event_id=f"evt_{uuid.uuid5(uuid.NAMESPACE_URL, f'sheaf:{document_id}:deleted').hex}",
            workspace_id=workspace_id,
            status="deleted",
            now=deleted_at,
            document_id=document_id,
        )
    services.doorbell.ring("deliver")
    return purge(services, document_id, workspace_id=workspace_id, deleted_at=deleted_at)


def _stop_jobs(connection: Connection, services: Services, workspace_id: str, document_id: str) -> None:
    """Open jobs end as cancelled; a stage that runs loses its claim, so that nothing reappears."""
    found = jobs.list_jobs(connection, workspace_id, document_id=document_id, limit=ALL_JOBS)
    # All are locked before the first one ends: an event counts on the document's row, and whoever ends another job
    # holds that job and waits for this row.
    stopped = [(job, jobs.request_cancel(connection, job.id)) for job in found if job.status not in TERMINAL]
    for job, asked in stopped:
        running = {stage.name for stage in stages.list_stages(connection, job.id) if stage.status == "running"}
        stages.reopen_stages(connection, job.id, ready=(), waiting=running)
        advance(connection, services.settings, asked)


def purge(services: Services, document_id: str, *, workspace_id: str, deleted_at: float = 0.0) -> Receipt:
    """Remove what is left of a deleted document; harmless to repeat, and where its row is gone, too."""
    # The files first: on a full disk that makes the room which the others need to forget the document, and a worker
    # without an index removes at least what it wrote too late itself.
    blobs = services.blobs.delete_prefix(f"{workspace_id}/{document_id}/")
    vectors = services.vectors.delete_document(workspace_id=workspace_id, document_id=document_id)
    with services.database.write() as connection:
        removed = chunks.delete_chunks(connection, document_id)
        pages.delete_pages(connection, document_id)
        generations.forget_indexed(connection, document_id)
        annotations.delete_annotations(connection, document_id)
        artifacts.delete_artifacts(connection, document_id)
        idempotency.forget_document(connection, document_id)
        batches.forget_sources(connection, document_id)
        jobs.scrub(connection, document_id)
        stages.scrub(connection, document_id)
        freed = documents.mark_purged(connection, document_id)
        if freed:  # last, since from here on uploads of the workspace wait
            stored_bytes.remove(connection, workspace_id, freed)
    return Receipt(document_id=document_id, blobs=blobs, chunks=removed, vectors=vectors, deleted_at=deleted_at)
