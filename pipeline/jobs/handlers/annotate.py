"""The stage `annotate`: extracted fields → what search filters ask for, in SQL and in the index."""

from typing import Any

from sqlalchemy import Connection

from pipeline.filtering.values import of_extraction
from pipeline.jobs.handlers.work import Made, Work
from pipeline.stores.records import annotations, documents
from schemas import exact_json

VERSION = 2


class Annotate:
    """Replaces the fields of all points of the document."""

    def inputs(self, work: Work) -> list[Any]:
        """This very run: another job's fields may have been written in the meantime, and must be replaced again."""
        return [VERSION, work.job.id, work.job.sequence, work.stage.attempt]

    def make(self, work: Work) -> Made:
        """Write the scalars; the artifact is what was written.

        They are written to the index once more when they stand in SQL: a generation that is being filled may have read
        what stood there before.
        """
        extraction = exact_json.loads(work.load("extract"))
        fields = of_extraction(extraction.get("fields", {}))

        def write() -> None:
            work.services.vectors.set_fields(
                workspace_id=work.job.workspace_id, document_id=work.document.id, fields=fields
            )

        write()

        def commit(connection: Connection) -> None:
            revision = work.revision.number
            if documents.present_revision(connection, work.document.id, lock=True) == revision:
                annotations.replace_annotations(connection, work.document.id, revision=revision, fields=fields)

        return Made(data=exact_json.dumps(fields), commit=commit, after=write)
