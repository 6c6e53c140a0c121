"""The stage `read`: the stored file → a `Document`."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from pipeline.jobs.handlers.work import Made, Work
from pipeline.stores.records import documents, jobs

VERSION = 1


class Read:
    """Reads in the parser child; the artifact is the `Document` as JSON."""

    def inputs(self, work: Work) -> list[Any]:
        """The bytes, what they were taken for, and who transcribes."""
        transcriber = work.services.settings.transcriber.kind
        return [VERSION, work.revision.sha256, work.revision.media_type, transcriber]

    def make(self, work: Work) -> Made:
        """Read the file; the password is used here and nowhere else."""
        sealed = work.job.password
        with work.services.blobs.open(work.revision.blob_key) as source:
            document = work.services.reader.read(
                source,
                name=work.document.name,
                media_type=work.revision.media_type,
                password=work.services.secrets.unseal(sealed) if sealed is not None else None,
                progress=work.progress,
                cancelled=work.cancelled,
            )
        facts = {
            "pages_total": len(document.pages) if document.shape == "pages" else None,
            "pages_failed": document.pages_failed,
            "seconds": document.seconds,
            "quality": document.quality,
            "produced_by": document.produced_by,
            "warnings": [notice.model_dump() for notice in document.warnings],
        }
        return Made(data=document.model_dump_json().encode(), facts=facts)


def note_reading(connection: Connection, work: Work, facts: Mapping[str, Any]) -> None:
    """What reading found out is seen on the document, whether it was read now or its artifact was there already."""
    documents.set_length(
        connection,
        work.document.id,
        work.revision.number,
        pages=facts.get("pages_total"),
        seconds=facts.get("seconds"),
    )
    if work.job.password is not None:
        jobs.forget_password(connection, work.job.id)
