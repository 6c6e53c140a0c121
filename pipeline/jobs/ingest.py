"""Files of a folder become documents, each once: the same bytes are not ingested again, new bytes become a revision."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from pipeline.errors import DamagedFile, FileTooLarge
from pipeline.intake.folders import FoundFile, open_file, unreadable
from pipeline.jobs.accept import CHUNK_BYTES, Upload, accept, accept_again
from pipeline.jobs.options import JobOptions
from pipeline.jobs.schemas import resolve
from pipeline.services import Services
from pipeline.settings import Limits
from pipeline.stores.records import batches, documents, jobs
from pipeline.stores.records.batches import SourceRecord
from pipeline.tracing.attributes import Facts
from pipeline.tracing.current import spanned


@dataclass(frozen=True, kw_only=True, slots=True)
class Ingested:
    """The document and job of a file; not `created` where both were there already."""

    document_id: str
    job_id: str
    created: bool
    owned: bool
    """Whether the document was made from this very file."""


class _FileUpload(Upload):
    """A file that somebody may be writing to: what is stored is what was hashed, or nothing."""

    def chunks(self) -> Iterator[bytes]:
        """All bytes from the beginning.

        Raises:
            DamagedFile: they are not those that were hashed, or the disk cannot read them.
        """
        digest = hashlib.sha256()
        try:
            for chunk in Upload.chunks(self):
                digest.update(chunk)
                yield chunk
        except OSError as error:
            raise unreadable(self.name, error) from error
        if digest.hexdigest() != self.sha256:
            raise _changed()


def _changed() -> DamagedFile:
    return DamagedFile("the file was changed while it was read")


def source_path(folder: Path, path: str) -> str:
    """The name under which a file is remembered: its full path."""
    return str(folder.resolve() / path)


def ingest_file(
    services: Services,
    folder: Path,
    path: str,
    options: JobOptions,
    *,
    workspace_id: str,
    actor: str,
    idempotency_key: str | None = None,
    limits: Limits | None = None,
) -> Ingested:
    """Ingest one file below the folder; beyond `limits` it is refused.

    Raises:
        InputError: the file cannot be used.
        QuotaExceeded: the workspace has run as many jobs again today as it may.
        StorageQuotaExceeded: the workspace may not store so much.
        FileNotFoundError: it is gone.
    """
    about: Facts = {"sheaf.workspace": workspace_id, "sheaf.batch": options.batch_id}
    with spanned(services.tracer, f"{actor} file", "producer", parent=None, facts=about):
        return _ingest(
            services,
            folder,
            path,
            options,
            workspace_id=workspace_id,
            actor=actor,
            idempotency_key=idempotency_key,
            limits=limits,
        )


def _ingest(
    services: Services,
    folder: Path,
    path: str,
    options: JobOptions,
    *,
    workspace_id: str,
    actor: str,
    idempotency_key: str | None,
    limits: Limits | None,
) -> Ingested:
    with open_file(folder, path) as source:
        status = os.fstat(source.fileno())
        limit = services.settings.http.max_upload_bytes
        if status.st_size > limit:
            raise FileTooLarge(f"the file has {status.st_size} bytes; the limit is {limit}", limit=limit)
        upload = _FileUpload(
            source=source, name=Path(path).name, size=status.st_size, sha256=_digest(source, path, status.st_size)
        )
        full = source_path(folder, path)
        with services.database.read() as connection:
            seen = batches.find_source(connection, workspace_id, full)
            known = _known(connection, workspace_id, seen, upload.sha256)
            done = _same_job(connection, workspace_id, known, options)
        own = seen.document_id if seen is not None and seen.owned else None
        if known is not None:
            job_id = done or accept_again(
                services, known, options, workspace_id=workspace_id, actor=actor, limits=limits
            )
            ingested = Ingested(document_id=known, job_id=job_id, created=done is None, owned=known == own)
        else:
            accepted = accept(
                services,
                upload,
                options,
                workspace_id=workspace_id,
                actor=actor,
                idempotency_key=idempotency_key,
                replaces=own,
                limits=limits,
            )
            ingested = Ingested(
                document_id=accepted.document_id, job_id=accepted.job_id, created=accepted.created, owned=True
            )
    found = FoundFile(path=full, size=status.st_size, modified_ns=status.st_mtime_ns)
    _note(services, workspace_id, found, upload.sha256, ingested)
    return ingested


def _digest(source: BinaryIO, path: str, size: int) -> str:
    """The SHA-256 of a file of that size; one that grows is not followed to an end that may never come."""
    digest, counted = hashlib.sha256(), 0
    try:
        while counted <= size and (chunk := source.read(CHUNK_BYTES)):
            digest.update(chunk)
            counted += len(chunk)
    except OSError as error:
        raise unreadable(path, error) from error
    if counted != size:
        raise _changed()
    return digest.hexdigest()


def _known(connection: Connection, workspace_id: str, seen: SourceRecord | None, sha256: str) -> str | None:
    """The document that has these bytes now: the file's own, or any other of the workspace."""
    if seen is not None:
        document = documents.get_document(connection, workspace_id, seen.document_id)
        if document is not None and document.sha256 == sha256:
            return document.id
    same = documents.find_by_sha256(connection, workspace_id, sha256)
    return same.id if same else None


def _same_job(connection: Connection, workspace_id: str, document_id: str | None, options: JobOptions) -> str | None:
    """A job over the document's present bytes that was asked for the same."""
    if document_id is None:
        return None
    document = documents.get_document(connection, workspace_id, document_id)
    schema = resolve(connection, workspace_id, options.schema) if options.schema is not None else None
    for job in jobs.list_jobs(connection, workspace_id, document_id=document_id):
        same_schema = job.schema_body == (schema.body if schema else None)
        same_revision = document is not None and job.revision == document.revision
        same_tasks = job.tasks == options.chosen_tasks()
        if same_revision and same_schema and same_tasks and job.status not in {"cancelled", "failed"}:
            return job.id
    return None


def _note(services: Services, workspace_id: str, found: FoundFile, sha256: str, ingested: Ingested) -> None:
    with services.database.write() as connection:
        batches.note_source(
            connection,
            workspace_id=workspace_id,
            path=found.path,
            size=found.size,
            modified_ns=found.modified_ns,
            sha256=sha256,
            document_id=ingested.document_id,
            job_id=ingested.job_id,
            owned=ingested.owned,
        )


def with_batch(options: JobOptions, batch_id: str) -> JobOptions:
    """The options of one file of a batch: behind single uploads in the queue, and without a webhook of its own."""
    return replace(options, batch_id=batch_id, priority=options.priority + 100, webhook_url=None)
