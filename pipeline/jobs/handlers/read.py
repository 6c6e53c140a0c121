"""The stage `read`: the stored file → a `Document`."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from pipeline.jobs.handlers.work import Made, Work, artifact_key
from pipeline.stores.records import documents, jobs

VERSION = 7


class Read:
    """Reads in the parser child; the artifact is the `Document` as JSON."""

    def inputs(self, work: Work) -> list[Any]:
        """The bytes, what they were taken for, who transcribes, and the settings that decide what is found.

        Settings that only refuse a document decide nothing here: then there is no artifact.
        """
        settings, reading = work.services.settings, work.services.settings.reading
        found_with = [reading.max_pixels, reading.ocr_side_px, reading.embedded, reading.max_embedded_bytes]
        asked = [VERSION, work.revision.sha256, work.revision.media_type, settings.transcriber.identity, *found_with]
        # A page that failed may be read next time: such a reading serves the job that made it, and no later run.
        return [*asked, work.job.id, work.job.sequence] if _lacks_pages(work, asked) else asked

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


def _lacks_pages(work: Work, asked: list[Any]) -> bool:
    """Whether the reading that is kept for these inputs has pages that failed."""
    kept = work.known.get(artifact_key("read", asked))
    return kept is not None and has_failed_pages(kept)


def has_failed_pages(facts: Mapping[str, Any]) -> bool:
    """By what reading found out: whether reading once more might find more."""
    return bool(facts.get("pages_failed"))


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
