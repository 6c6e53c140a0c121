"""What was read from a document, as JSON, Markdown or plain text; and the file itself."""

import os
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, Literal

from sqlalchemy import Connection

from pipeline.errors import BlobMissing, NotFound, ResultNotReady
from pipeline.jobs.artifacts import open_artifact
from pipeline.jobs.views import need_document
from pipeline.reading.conversion import VERSION as CONVERSION_VERSION
from pipeline.services import Services
from pipeline.stores.records import artifacts, documents, jobs, stages
from pipeline.stores.records.artifacts import ArtifactRecord
from pipeline.stores.records.documents import DocumentRecord

ContentFormat = Literal["markdown", "json", "text"]

RECENT_JOBS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """A stored file, open; whoever gets it closes it."""

    file: BinaryIO
    name: str
    media_type: str

    @property
    def size(self) -> int:
        """Bytes."""
        return os.fstat(self.file.fileno()).st_size


@dataclass(frozen=True, kw_only=True, slots=True)
class _Form:
    """How one format is named and made."""

    suffix: str
    media_type: str


FORMS: dict[ContentFormat, _Form] = {
    "markdown": _Form(suffix=".md", media_type="text/markdown; charset=utf-8"),
    "json": _Form(suffix=".json", media_type="application/json"),
    "text": _Form(suffix=".txt", media_type="text/plain; charset=utf-8"),
}


def original(services: Services, document_id: str, *, workspace_id: str) -> Stored:
    """The file as it was uploaded.

    Raises:
        NotFound: there is no such document.
        BlobMissing: its file is gone.
    """
    with services.database.read() as connection:
        document = need_document(connection, workspace_id, document_id)
        revision = documents.get_revision(connection, document.id, document.revision)
    assert revision is not None
    return Stored(file=services.blobs.open(revision.blob_key), name=document.name, media_type=revision.media_type)


def content(services: Services, document_id: str, wanted: ContentFormat, *, workspace_id: str) -> Stored:
    """The document as read; Markdown and text are made from it once, in a child process, and kept.

    Raises:
        NotFound: there is no such document.
        ResultNotReady: it has not been read yet, or could not be.
        ParsersBusy: too many are being converted.
        ParserError: it could not be converted.
    """
    with services.database.read() as connection:
        document = need_document(connection, workspace_id, document_id)
        artifact = read_artifact(connection, document)
    form = FORMS[wanted]
    name = PurePath(document.name).stem + form.suffix
    if wanted == "json":
        return Stored(file=open_artifact(services.blobs, artifact), name=name, media_type=form.media_type)
    key = f"{workspace_id}/{document_id}/content-{artifact.key}-{CONVERSION_VERSION}{form.suffix}"
    try:
        file = services.blobs.open(key)
    except BlobMissing:
        file = _convert(services, document, artifact, wanted, key)
    return Stored(file=file, name=name, media_type=form.media_type)


def read_artifact(connection: Connection, document: DocumentRecord) -> ArtifactRecord:
    """What the stage `read` made of the document's present revision.

    Raises:
        ResultNotReady: there is nothing yet.
    """
    found = jobs.list_jobs(connection, document.workspace_id, document_id=document.id, limit=RECENT_JOBS)
    recent = [job for job in found if job.revision == document.revision]
    stages_of = stages.stages_of(connection, [job.id for job in recent])
    for job in recent:
        key = next((s.artifact_key for s in stages_of[job.id] if s.name == "read" and s.status == "succeeded"), None)
        artifact = key and artifacts.get_artifact(
            connection, workspace_id=document.workspace_id, document_id=document.id, stage="read", key=key
        )
        if artifact:
            return artifact
    raise ResultNotReady("the document has not been read", job_id=recent[0].id if recent else None)


def _convert(
    services: Services, document: DocumentRecord, artifact: ArtifactRecord, wanted: ContentFormat, key: str
) -> BinaryIO:
    with open_artifact(services.blobs, artifact) as source:
        made = services.on_demand.run("pipeline.reading.conversion:convert", source, {"format": wanted})
    return keep(services, document, key, made)


def keep(services: Services, document: DocumentRecord, key: str, made: bytes) -> BinaryIO:
    """Store what was made of a document for the next time, and open it.

    Raises:
        NotFound: the document was deleted meanwhile; nothing is kept.
    """
    services.blobs.put(key, [made])
    with services.database.read() as connection:
        deleted = documents.is_deleted(connection, document.id)
    if deleted:
        # The purge may have gone past this key before it was written.
        services.blobs.delete(key)
        raise NotFound(f"there is no document {document.id}", id=document.id)
    return services.blobs.open(key)
