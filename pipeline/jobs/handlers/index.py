"""The stage `index`: `Document` → chunks in SQL and points in the vector store."""

from typing import Any

import orjson
from sqlalchemy import Connection

from pipeline.errors import JobCancelled
from pipeline.filtering.conditions import Facts
from pipeline.indexing.chunking import chunk
from pipeline.indexing.chunks import ChunkedDocument
from pipeline.indexing.index import Target, index_document
from pipeline.indexing.sparse import VERSION as TERMS
from pipeline.jobs.handlers.work import Made, Work
from pipeline.jobs.stale import remove_stale
from pipeline.models.embedding import CountedAnywhere
from pipeline.stores.payload import VERSION as PAYLOAD
from pipeline.stores.records import annotations, documents
from pipeline.stores.records import chunks as rows_of
from schemas.documents import Document

VERSION = 3
SMALL_BYTES = 512 * 1024
"""A document read into less is cut into chunks here, in a quarter of a second; a child would cost as much."""


class Index:
    """Chunks, embeds and writes; the artifact is the list of chunk ids."""

    def inputs(self, work: Work) -> list[Any]:
        """The document as read, what filters can ask of it, and the embedding model."""
        model = work.services.embedder.name
        forms = [VERSION, TERMS, PAYLOAD]
        asked = [*forms, work.needed("read").key, work.revision.number, model, work.document.collection]
        # The index is a cache: where it was lost nothing is reused, and running again writes it anew.
        return asked if _is_whole(work) else [*asked, work.job.id, work.stage.attempt]

    def make(self, work: Work) -> Made:
        """Points are written now and found once the chunks are committed: hits are checked against SQL."""

        def progress(share: float) -> None:
            work.progress(share)
            if work.cancelled():
                raise JobCancelled

        with work.services.database.read() as connection:
            facts = annotations.facts_of(connection, work.job.workspace_id, [work.document.id]).get(work.document.id)
            outdated = documents.present_revision(connection, work.document.id) != work.revision.number
        if outdated or facts is None:
            # Newer bytes have come, and their own job indexes them; or the document was deleted.
            return Made(data=b"[]", facts={"chunks": 0})
        rows = index_document(
            _chunked(work),
            target(work, facts),
            embedder=work.services.embedder,
            vectors=work.services.vectors,
            progress=progress,
        )

        def commit(connection: Connection) -> None:
            if documents.present_revision(connection, work.document.id, lock=True) == work.revision.number:
                rows_of.replace_chunks(connection, work.document.id, rows)
            else:
                rows_of.note_stale(connection, work.document.id, rows)

        def after() -> None:
            remove_stale(work.services, work.document.id)

        ids = orjson.dumps([row["id"] for row in rows])
        return Made(data=ids, facts={"chunks": len(rows)}, commit=commit, after=after)


def _chunked(work: Work) -> ChunkedDocument:
    embedder = work.services.embedder
    if work.needed("read").size > SMALL_BYTES and isinstance(embedder, CountedAnywhere):
        arguments = {"counter": embedder.counter, "max_tokens": embedder.max_tokens}
        with work.open("read") as source:
            answer = work.services.sandbox.run(
                "pipeline.indexing.task:chunk_document", source, arguments, cancelled=work.cancelled
            )
        return ChunkedDocument.from_bytes(answer)
    document = Document.model_validate_json(work.load("read"))
    chunks = chunk(document, embedder.count_tokens, embedder.max_tokens)
    return ChunkedDocument(chunks=chunks, language=document.language)


def _is_whole(work: Work) -> bool:
    """Whether the index has a point for each of the document's chunks."""
    with work.services.database.read() as connection:
        kept = len(rows_of.chunk_ids(connection, work.document.id))
    return kept == work.services.vectors.count(workspace_id=work.job.workspace_id, document_id=work.document.id)


def target(work: Work, facts: Facts) -> Target:
    """Whose chunks they are."""
    return Target(workspace_id=work.job.workspace_id, revision=work.revision.number, facts=facts)
