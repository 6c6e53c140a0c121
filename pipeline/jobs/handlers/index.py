"""The stage `index`: `Document` → chunks in SQL and points in the vector store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from pipeline.errors import JobCancelled, VectorsUnavailable
from pipeline.filtering.conditions import Facts
from pipeline.indexing.index import VERSION, Target, index_document
from pipeline.indexing.shelves import Shelf
from pipeline.indexing.sparse import VERSION as TERMS
from pipeline.jobs.cutting import cut
from pipeline.jobs.handlers.work import Made, Work
from pipeline.jobs.stale import remove_stale
from pipeline.stores.payload import VERSION as PAYLOAD
from pipeline.stores.records import annotations, documents, generations
from pipeline.stores.records import chunks as rows_of

Rows = list[dict[str, Any]]


class Index:
    """Chunks, embeds and writes, into each generation of the index; the artifact is the list of chunk ids."""

    def inputs(self, work: Work) -> list[Any]:
        """The document as read, what filters can ask of it, and the embedding models."""
        shelves = work.services.generations.shelves()
        models = [[shelf.number, shelf.embedder.name if shelf.embedder else None] for shelf in shelves]
        forms = [VERSION, TERMS, PAYLOAD]
        asked = [*forms, work.needed("read").key, work.revision.number, models, work.document.collection]
        # The index is a cache: where it was lost nothing is reused, and running again writes it anew.
        whole = all(_is_whole(work, shelf) for shelf in shelves)
        return asked if whole else [*asked, work.job.id, work.stage.attempt]

    def make(self, work: Work) -> Made:
        """Points are written now and found once the chunks are committed: hits are checked against SQL."""
        with work.services.database.read() as connection:
            facts = annotations.facts_of(connection, work.job.workspace_id, [work.document.id]).get(work.document.id)
            outdated = documents.present_revision(connection, work.document.id) != work.revision.number
        if outdated or facts is None:
            # Newer bytes have come, and their own job indexes them; or the document was deleted.
            return Made(data=b"[]", facts={"chunks": 0})
        shelves = work.services.generations.shelves()
        made = [
            (shelf, _write(work, facts, shelf, _Share(number, len(shelves)))) for number, shelf in enumerate(shelves)
        ]

        def commit(connection: Connection) -> None:
            _commit(connection, work, made)

        def after() -> None:
            remove_stale(work.services, work.document.id)

        _, rows = made[0]
        ids = orjson.dumps([row["id"] for row in rows])
        return Made(data=ids, facts={"chunks": len(rows)}, commit=commit, after=after)


@dataclass(frozen=True, slots=True)
class _Share:
    """One of several parts of the work."""

    number: int
    parts: int

    def of(self, report: Callable[[float], None]) -> Callable[[float], None]:
        """Reports the part's progress as the whole's."""
        return lambda share: report((self.number + share) / self.parts)


def _write(work: Work, facts: Facts, shelf: Shelf, share: _Share) -> Rows:
    report = share.of(work.progress)

    def progress(done: float) -> None:
        report(done)
        if work.cancelled():
            raise JobCancelled

    embedder = shelf.writer(work.services.embedder)
    return index_document(
        cut(work.services, work.needed("read"), embedder, work.cancelled),
        target(work, facts, shelf),
        embedder=embedder,
        vectors=shelf.vectors,
        progress=progress,
    )


def _commit(connection: Connection, work: Work, made: Sequence[tuple[Shelf, Rows]]) -> None:
    """The document's chunks are those that were made, in every generation that it has to be in.

    Raises:
        VectorsUnavailable: another generation has come into use meanwhile; it is written to at the next attempt.
    """
    wanted = generations.written_to(connection)
    if wanted and wanted != {shelf.number for shelf, _ in made}:
        raise VectorsUnavailable("the index was exchanged meanwhile")
    document_id, revision = work.document.id, work.revision.number
    present = documents.present_revision(connection, document_id, lock=True) == revision
    for shelf, rows in made:
        if not present:
            rows_of.note_stale(connection, document_id, rows)
            continue
        rows_of.replace_chunks(connection, document_id, rows, generation=shelf.number)
        if shelf.embedder is None:  # it has no vectors of its own there, should that generation come back into use
            generations.forget_indexed(connection, document_id, shelf.number)
        else:
            generations.note_indexed(connection, document_id, work.job.workspace_id, shelf.number, revision=revision)


def _is_whole(work: Work, shelf: Shelf) -> bool:
    """Whether the index has a point for each of the document's chunks."""
    with work.services.database.read() as connection:
        kept = len(rows_of.chunk_ids(connection, work.document.id, shelf.number))
    return kept == shelf.vectors.count(workspace_id=work.job.workspace_id, document_id=work.document.id)


def target(work: Work, facts: Facts, shelf: Shelf) -> Target:
    """Whose chunks they are."""
    return Target(
        workspace_id=work.job.workspace_id, revision=work.revision.number, facts=facts, generation=shelf.number
    )
