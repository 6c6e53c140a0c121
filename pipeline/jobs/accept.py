"""Accepting: blob, then one durable transaction, and only then the caller hears of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from pipeline.errors import IdempotencyMismatch, NotFound
from pipeline.intake.names import clean_name
from pipeline.intake.sniff import sniff
from pipeline.jobs import graph
from pipeline.jobs.options import JobOptions, check_options
from pipeline.jobs.schemas import ResolvedSchema, resolve
from pipeline.services import Services
from pipeline.stores.records import audit, documents, idempotency, jobs, outbox, stages
from pipeline.stores.records.tables import new_id

CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A received file: seekable, with its length and SHA-256 in hex already counted."""

    source: BinaryIO
    name: str
    size: int
    sha256: str

    def chunks(self) -> Iterator[bytes]:
        """All bytes from the beginning."""
        self.source.seek(0)
        while chunk := self.source.read(CHUNK_BYTES):
            yield chunk


@dataclass(frozen=True, kw_only=True, slots=True)
class Acceptance:
    """What was accepted; `created` is false when the Idempotency-Key had been used for the same before."""

    document_id: str
    job_id: str
    created: bool


def accept(
    services: Services,
    upload: Upload,
    options: JobOptions,
    *,
    workspace_id: str,
    actor: str,
    idempotency_key: str | None = None,
    replaces: str | None = None,
) -> Acceptance:
    """Store the file and a job for it; when this returns, neither can be lost.

    `replaces` is a document of which the file becomes a new revision.

    Raises:
        InputError: the file or an option cannot be used; nothing is stored.
        IdempotencyMismatch: the key stands for another request.
        NotFound: there is no document `replaces`.
        StoreError: a store cannot take it now; nothing is stored.
    """
    check_options(options, services.settings.webhooks)
    media_type = sniff(upload.source, upload.name)
    fingerprint = options.fingerprint(upload.sha256, replaces or "")
    with services.database.read() as connection:
        known = _known(connection, workspace_id, idempotency_key, fingerprint)
        schema = resolve(connection, workspace_id, options.schema) if options.schema is not None else None
    if known is not None:
        return known
    document_id, job_id = replaces or new_id("doc"), new_id("job")
    blob_key = f"{workspace_id}/{document_id}/{new_id('source')}"
    services.blobs.put(blob_key, upload.chunks())
    try:
        with services.database.write(durable=True) as connection:
            known = _known(connection, workspace_id, idempotency_key, fingerprint)
            if known is None:
                revision = _store_document(
                    connection, upload, options, workspace_id, document_id, blob_key, media_type, replaces=replaces
                )
                _store_job(connection, services, options, schema, workspace_id, document_id, job_id, revision)
                if idempotency_key is not None:
                    idempotency.add_idempotent(
                        connection,
                        workspace_id=workspace_id,
                        key=idempotency_key,
                        fingerprint=fingerprint,
                        document_id=document_id,
                        job_id=job_id,
                    )
                audit.add_event(
                    connection, workspace_id=workspace_id, actor=actor, action="document.accepted", object_id=document_id
                )
    except IntegrityError:
        # Another request with the same key was faster between our look and our commit.
        services.blobs.delete(blob_key)
        with services.database.read() as connection:
            known = _known(connection, workspace_id, idempotency_key, fingerprint)
        if known is None:
            raise
        return known
    except BaseException:
        services.blobs.delete(blob_key)
        raise
    if known is not None:
        services.blobs.delete(blob_key)
        return known
    services.doorbell.ring("read")
    return Acceptance(document_id=document_id, job_id=job_id, created=True)


def accept_again(services: Services, document_id: str, options: JobOptions, *, workspace_id: str, actor: str) -> str:
    """A new job for a stored document; its id.

    Raises:
        NotFound: there is no such document.
        InputError: an option cannot be used.
    """
    check_options(options, services.settings.webhooks)
    job_id = new_id("job")
    with services.database.write(durable=True) as connection:
        document = documents.get_document(connection, workspace_id, document_id)
        if document is None:
            raise NotFound(f"there is no document {document_id}", id=document_id)
        schema = resolve(connection, workspace_id, options.schema) if options.schema is not None else None
        _store_job(connection, services, options, schema, workspace_id, document_id, job_id, document.revision)
        audit.add_event(connection, workspace_id=workspace_id, actor=actor, action="job.created", object_id=job_id)
    services.doorbell.ring("read")
    return job_id


def _known(
    connection: Connection, workspace_id: str, key: str | None, fingerprint: str
) -> Acceptance | None:
    found = idempotency.find_idempotent(connection, workspace_id, key) if key is not None else None
    if found is None:
        return None
    if found.fingerprint != fingerprint:
        raise IdempotencyMismatch(job_id=found.job_id)
    return Acceptance(document_id=found.document_id, job_id=found.job_id, created=False)


def _store_document(
    connection: Connection,
    upload: Upload,
    options: JobOptions,
    workspace_id: str,
    document_id: str,
    blob_key: str,
    media_type: str,
    *,
    replaces: str | None,
) -> int:
    """The document, or its new revision; the revision's number."""
    content = {"blob_key": blob_key, "size": upload.size, "sha256": upload.sha256, "media_type": media_type}
    if replaces is not None:
        document = documents.get_document(connection, workspace_id, replaces)
        if document is None:
            raise NotFound(f"there is no document {replaces}", id=replaces)
        return documents.add_revision(connection, document, **content)  # type: ignore[arg-type]  # a dict of mixed values
    documents.add_document(
        connection,
        id=document_id,
        workspace_id=workspace_id,
        name=clean_name(upload.name),
        collection=options.collection,
        metadata=options.metadata,
        **content,  # type: ignore[arg-type]  # a dict of mixed values
    )
    return 1


def _store_job(
    connection: Connection,
    services: Services,
    options: JobOptions,
    schema: ResolvedSchema | None,
    workspace_id: str,
    document_id: str,
    job_id: str,
    revision: int,
) -> None:
    """The job, its stages, and the outbox row that rings for the first one."""
    tasks = options.chosen_tasks()
    jobs.add_job(
        connection,
        id=job_id,
        workspace_id=workspace_id,
        document_id=document_id,
        revision=revision,
        schema_name=schema.name if schema else None,
        schema_version=schema.version if schema else None,
        schema_body=schema.body if schema else None,
        tasks=tasks,
        webhook_url=options.webhook_url,
        metadata=options.metadata,
        priority=options.priority,
        batch_id=options.batch_id,
        password=services.secrets.seal(options.password) if options.password is not None else None,
    )
    stages.add_stages(
        connection,
        job_id=job_id,
        workspace_id=workspace_id,
        document_id=document_id,
        priority=options.priority,
        queues=graph.plan(tasks),
        ready={"read"},
    )
    outbox.add_rings(connection, {stages.stage_id(job_id, "read"): "read"})
