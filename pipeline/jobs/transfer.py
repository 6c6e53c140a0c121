"""A document written to a generation of the index that is being filled, from what was read of it before.

It is written whole or not at all, as the stage `index` does it: points first, then its rows in one transaction, which
finds out whether the document is still the same. Only the pictures of its pages may be left out, by a model that was
asked often enough: the text is found all the same.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from pipeline.errors import BlobMissing, InputError, ModelError, ParserError, ResultNotReady
from pipeline.filtering.conditions import Facts
from pipeline.indexing.chunks import ChunkedDocument
from pipeline.indexing.index import Target, chunk_rows, index_document
from pipeline.indexing.pages import page_rows
from pipeline.indexing.shelves import Shelf
from pipeline.jobs.contents import read_artifact
from pipeline.jobs.cutting import cut
from pipeline.jobs.failures import Failure, classify
from pipeline.jobs.picturing import Pictured, Pictures
from pipeline.jobs.stale import remove_stale
from pipeline.services import Services
from pipeline.stores.records import annotations, chunks, documents, generations
from pipeline.stores.records.artifacts import ArtifactRecord
from pipeline.stores.records.documents import DocumentRecord, RevisionRecord
from pipeline.stores.records.pages import replace_pages

log = logging.getLogger("sheaf.index")

RETRY_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Source:
    """What is written."""

    document: DocumentRecord
    revision: RevisionRecord
    read: ArtifactRecord
    facts: Facts


def waits(failure: Failure) -> bool:
    """Whether a store or a model is away, and nothing is wrong with the document."""
    return failure.waits and failure.name != BlobMissing.name


class Transfer:
    """One attempt at one document; `go_on` raises where it is to be stopped."""

    def __init__(
        self, services: Services, shelf: Shelf, document_id: str, workspace_id: str, go_on: Callable[[], None]
    ) -> None:
        self._services = services
        self._shelf = shelf
        self._id = document_id
        self._workspace_id = workspace_id
        self._go_on = go_on
        self._revision: int | None = None
        self._attempts = 0
        self._begun: list[dict[str, Any]] = []
        """What may have points by now."""

    def write(self) -> bool:
        """Whether the document is in the generation now; not where it has changed meanwhile.

        Raises:
            Exception: whatever kept it from being written; `failed` says what becomes of it.
        """
        shelf = self._shelf
        assert shelf.embedder is not None
        source = self._source()
        if source is None:
            return False
        chunked = cut(self._services, source.read, shelf.embedder)
        revision = source.document.revision
        target = Target(workspace_id=self._workspace_id, revision=revision, facts=source.facts, generation=shelf.number)
        pages, failure = self._pictured(source, chunked, target)
        self._begun += chunk_rows(chunked, target)
        rows = index_document(
            chunked, target, embedder=shelf.embedder, vectors=shelf.vectors, progress=lambda _: self._go_on()
        )
        with self._services.database.write() as connection:
            if (
                shelf.number not in generations.written_to(connection)
                or documents.present_revision(connection, self._id, lock=True) != revision
                or annotations.facts_of(connection, self._workspace_id, [self._id]).get(self._id) != source.facts
            ):
                return False
            chunks.replace_chunks(connection, self._id, rows, generation=shelf.number)
            replace_pages(connection, self._id, pages.rows, generation=shelf.number)
            if failure is None:
                generations.note_indexed(connection, self._id, self._workspace_id, shelf.number, revision=revision)
            generations.set_writing(connection, shelf.number, None)
        if failure is not None:
            self.failed(failure)
        return True

    def _source(self) -> _Source | None:
        with self._services.database.write(durable=True) as connection:
            generations.set_writing(connection, self._shelf.number, self._id)
            document = documents.get_document(connection, self._workspace_id, self._id)
            if document is None:
                return None
            self._revision = document.revision
            self._attempts = generations.attempts_at(connection, self._id, self._shelf.number, document.revision)
            revision = documents.get_revision(connection, self._id, document.revision)
            facts = annotations.facts_of(connection, self._workspace_id, [self._id]).get(self._id)
            read = None if revision is None or facts is None else read_artifact(connection, document)
        if read is None or revision is None or facts is None:
            return None
        return _Source(document=document, revision=revision, read=read, facts=facts)

    def _pictured(self, source: _Source, chunked: ChunkedDocument, target: Target) -> tuple[Pictured, Failure | None]:
        """The pages; in the last attempt none, and why, where they cannot be had."""
        shelf = self._shelf.pages
        if shelf is None or shelf.embedder is None:
            return Pictured(rows=[]), None
        pictures = Pictures(
            services=self._services,
            document=source.document,
            revision=source.revision,
            unread=source.read.facts.get("pages_failed", []),
        )
        self._begun += page_rows(chunked, target, pictures.numbers(shelf.embedder.max_pages))
        try:
            return pictures.write(chunked, target, shelf, progress=lambda _: self._go_on()), None
        except (BlobMissing, InputError, ModelError, ParserError) as error:
            failure = classify(error)
            if waits(failure) or self._attempts + 1 < self._most:
                raise
            return Pictured(rows=[]), failure

    def failed(self, failure: Failure) -> None:
        """Note an attempt that failed; the last one takes away what it may have left in the index.

        Raises:
            DatabaseUnavailable: the database does not answer.
            VectorsUnavailable: the points are removed later.
        """
        if self._revision is None:
            return
        with self._services.database.write() as connection:
            if documents.present_revision(connection, self._id, lock=True) != self._revision:
                return  # newer bytes have come, or it was deleted
            if failure.name == ResultNotReady.name and not self._is_in_use(connection):
                return  # their own job indexes them
            attempts = generations.note_failed(
                connection,
                self._id,
                self._workspace_id,
                self._shelf.number,
                revision=self._revision,
                problem=failure.name,
                retry_seconds=RETRY_SECONDS,
            )
            log.warning("%s could not be indexed anew (attempt %d): %s", self._id, attempts, failure.name)
            if attempts < self._most:
                return
            chunks.note_stale(connection, self._id, self._begun)
        log.warning("%s is left out of generation %d of the index: %s", self._id, self._shelf.number, failure.name)
        remove_stale(self._services, self._id)

    def _is_in_use(self, connection: Connection) -> bool:
        """Whether the index in use holds this very revision."""
        active = next(row.number for row in generations.list_generations(connection) if row.status == "active")
        return generations.revision_in(connection, self._id, active) == self._revision

    @property
    def _most(self) -> int:
        return self._services.settings.jobs.max_attempts
