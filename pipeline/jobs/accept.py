"""Accepting: blob, then one durable transaction, and only then the caller hears of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from pipeline.access.limits import check_room, take_quota, take_rerun
from pipeline.errors import IdempotencyMismatch, NotFound, StorageFull, Unauthenticated
from pipeline.intake.names import clean_name
from pipeline.intake.sniff import sniff
from pipeline.jobs import graph
from pipeline.jobs.options import JobOptions, check_options
from pipeline.jobs.retention_class import check_class
from pipeline.jobs.schemas import ResolvedSchema, resolve
from pipeline.services import Services
from pipeline.settings import Limits
from pipeline.stores.records import audit, documents, idempotency, jobs, outbox, stages
from pipeline.stores.records.retention import NONE
from pipeline.stores.records.tables import new_id
from pipeline.stores.records.workspaces import hold_workspace
from pipeline.tracing.current import current, traceparent

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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    """What goes into the accepting transaction."""

    workspace_id: str
    actor: str
    document_id: str
    job_id: str
    options: JobOptions
    schema: ResolvedSchema | None
    password: str | None
    """Sealed."""
    limits: Limits | None
    """What is refused beyond; `None` refuses nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Content:
    """The bytes as they were stored."""

    name: str
    blob_key: str
    size: int
    sha256: str
    media_type: str
    replaces: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Claim:
    """An Idempotency-Key and what it stands for here."""

    workspace_id: str
    key: str | None
    fingerprint: str

    def used(self, connection: Connection) -> Acceptance | None:
        """What the key was answered with before."""
        if self.key is None:
            return None
        found = idempotency.find_idempotent(connection, self.workspace_id, self.key)
        if found is None:
            return None
        if found.fingerprint != self.fingerprint:
            raise IdempotencyMismatch(job_id=found.job_id)
        return Acceptance(document_id=found.document_id, job_id=found.job_id, created=False)

    def take(self, connection: Connection, entry: _Entry) -> None:
        """Note what the key stands for from now on."""
        if self.key is not None:
            idempotency.add_idempotent(
                connection,
                workspace_id=self.workspace_id,
                key=self.key,
                fingerprint=self.fingerprint,
                document_id=entry.document_id,
                job_id=entry.job_id,
            )


def accept(
    services: Services,
    upload: Upload,
    options: JobOptions,
    *,
    workspace_id: str,
    actor: str,
    idempotency_key: str | None = None,
    replaces: str | None = None,
    limits: Limits | None = None,
) -> Acceptance:
    """Store the file and a job for it; when this returns, neither can be lost.

    `replaces` is a document of which the file becomes a new revision. Every file is counted; beyond `limits` it is
    refused.

    Raises:
        InputError: the file or an option cannot be used; nothing is stored.
        IdempotencyMismatch: the key stands for another request.
        NotFound: there is no document `replaces`.
        QuotaExceeded: a quota of the workspace is used up; nothing is stored.
        StorageQuotaExceeded: the workspace may not store so much; nothing is stored.
        StoreError: a store cannot take it now; nothing is stored.
    """
    check_options(options, services.settings.webhooks)
    media_type = sniff(upload.source, upload.name)
    claim = _Claim(
        workspace_id=workspace_id,
        key=idempotency_key,
        fingerprint=options.fingerprint(upload.sha256, replaces or ""),
    )
    with services.database.read() as connection:
        known = claim.used(connection)
        if known is not None:
            _tell(known.document_id, known.job_id, workspace_id)
            return known
        check_class(connection, workspace_id, options)
        if limits is not None:
            check_room(connection, workspace_id, limits, size=upload.size)
        schema = resolve(connection, workspace_id, options.schema) if options.schema is not None else None
    document_id = replaces or new_id("doc")
    entry = _entry(
        services, options, schema, workspace_id=workspace_id, actor=actor, document_id=document_id, limits=limits
    )
    content = _Content(
        name=clean_name(upload.name),
        blob_key=f"{workspace_id}/{document_id}/{new_id('source')}",
        size=upload.size,
        sha256=upload.sha256,
        media_type=media_type,
        replaces=replaces,
    )
    acceptance = _stored(services, upload, entry, content, claim)
    _tell(acceptance.document_id, acceptance.job_id, workspace_id)
    services.doorbell.ring("read")
    return acceptance


def _tell(document_id: str, job_id: str, workspace_id: str) -> None:
    """The present span is about these."""
    current().note({"sheaf.workspace": workspace_id, "sheaf.document": document_id, "sheaf.job": job_id})


@dataclass(slots=True)
class _Fate:
    """How far the accepting transaction came."""

    committing: bool = False
    """Whether it may have been committed."""


def _stored(services: Services, upload: Upload, entry: _Entry, content: _Content, claim: _Claim) -> Acceptance:
    """The blob first, then the rows; the blob is taken back where no row can point at it."""
    services.blobs.put(content.blob_key, upload.chunks())
    fate = _Fate()
    try:
        acceptance = _commit(services, entry, content, claim, fate)
    except BaseException as error:
        # A commit may have happened although its answer was lost: better a file too many than one too few. Only a
        # full disk is an answer.
        if not fate.committing or isinstance(error, StorageFull):
            services.blobs.delete(content.blob_key)
        raise
    if not acceptance.created:
        services.blobs.delete(content.blob_key)
    return acceptance


def _commit(services: Services, entry: _Entry, content: _Content, claim: _Claim, fate: _Fate) -> Acceptance:
    """The accepting transaction, or what an equal request that was faster got."""
    try:
        with services.database.write(durable=True) as connection:
            known = claim.used(connection)
            if known is not None:
                return known
            revision = _store_document(connection, entry, content)
            _store_job(connection, entry, revision)
            claim.take(connection, entry)
            # Late, since from here on other uploads of the workspace wait.
            take_quota(connection, entry.workspace_id, entry.limits, size=content.size)
            _audit(connection, entry, "document.accepted", entry.document_id)
            fate.committing = True
    except IntegrityError:
        with services.database.read() as connection:
            known = claim.used(connection)
            gone = not hold_workspace(connection, entry.workspace_id)
        if gone:
            raise Unauthenticated("the workspace was deleted") from None
        if known is None:
            raise
        return known
    return Acceptance(document_id=entry.document_id, job_id=entry.job_id, created=True)


def accept_again(
    services: Services,
    document_id: str,
    options: JobOptions,
    *,
    workspace_id: str,
    actor: str,
    limits: Limits | None = None,
) -> str:
    """A new job for a stored document; its id. Every one is counted; beyond `limits` it is refused.

    Raises:
        NotFound: there is no such document.
        QuotaExceeded: the workspace has too many open jobs, or has run as many again today as it may.
        InputError: an option cannot be used.
    """
    check_options(options, services.settings.webhooks)
    with services.database.write(durable=True) as connection:
        document = documents.get_document(connection, workspace_id, document_id)
        if document is None:
            raise NotFound(f"there is no document {document_id}", id=document_id)
        if document.retention == NONE:
            options = replace(options, retention=NONE)
            check_options(options, services.settings.webhooks)
        schema = resolve(connection, workspace_id, options.schema) if options.schema is not None else None
        entry = _entry(services, options, schema, workspace_id=workspace_id, actor=actor, document_id=document_id)
        _store_job(connection, entry, document.revision)
        take_rerun(connection, workspace_id, limits)
        _audit(connection, entry, "job.created", entry.job_id)
    _tell(document_id, entry.job_id, workspace_id)
    services.doorbell.ring("read")
    return entry.job_id


def _entry(
    services: Services,
    options: JobOptions,
    schema: ResolvedSchema | None,
    *,
    workspace_id: str,
    actor: str,
    document_id: str,
    limits: Limits | None = None,
) -> _Entry:
    return _Entry(
        workspace_id=workspace_id,
        actor=actor,
        document_id=document_id,
        job_id=new_id("job"),
        options=options,
        schema=schema,
        password=services.secrets.seal(options.password) if options.password is not None else None,
        limits=limits,
    )


def _store_document(connection: Connection, entry: _Entry, content: _Content) -> int:
    """The document, or its new revision; the revision's number."""
    if content.replaces is None:
        documents.add_document(
            connection,
            id=entry.document_id,
            workspace_id=entry.workspace_id,
            name=content.name,
            media_type=content.media_type,
            collection=entry.options.collection,
            metadata=entry.options.metadata,
            blob_key=content.blob_key,
            size=content.size,
            sha256=content.sha256,
            retention=entry.options.retention,
        )
        return 1
    # Locked: a revision that came behind the deletion of its document would lie there for ever.
    document = documents.get_document(connection, entry.workspace_id, content.replaces, lock=True)
    if document is None:
        raise NotFound(f"there is no document {content.replaces}", id=content.replaces)
    return documents.add_revision(
        connection,
        document,
        blob_key=content.blob_key,
        size=content.size,
        sha256=content.sha256,
        media_type=content.media_type,
    )


def _store_job(connection: Connection, entry: _Entry, revision: int) -> None:
    """The job, its stages, and the outbox row that rings for the first one."""
    options, schema = entry.options, entry.schema
    tasks = options.chosen_tasks()
    jobs.add_job(
        connection,
        id=entry.job_id,
        workspace_id=entry.workspace_id,
        document_id=entry.document_id,
        revision=revision,
        schema_name=schema.name if schema else None,
        schema_version=schema.version if schema else None,
        schema_body=schema.body if schema else None,
        tasks=tasks,
        webhook_url=options.webhook_url,
        metadata=options.metadata,
        priority=options.priority,
        batch_id=options.batch_id,
        password=entry.password,
        traceparent=traceparent(),
    )
    stages.add_stages(
        connection,
        job_id=entry.job_id,
        workspace_id=entry.workspace_id,
        document_id=entry.document_id,
        priority=options.priority,
        queues=graph.plan(tasks),
        ready={"read"},
    )
    outbox.add_rings(connection, {stages.stage_id(entry.job_id, "read"): "read"})


def _audit(connection: Connection, entry: _Entry, action: str, object_id: str) -> None:
    audit.add_event(connection, workspace_id=entry.workspace_id, actor=entry.actor, action=action, object_id=object_id)
