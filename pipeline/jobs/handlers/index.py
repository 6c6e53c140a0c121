"""The stage `index`: `Document` → chunks in SQL and points in the vector store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from pipeline.errors import InputError, JobCancelled, ModelError, ParserError, VectorsUnavailable
from pipeline.filtering.conditions import Facts
from pipeline.indexing.chunks import ChunkedDocument
from pipeline.indexing.index import VERSION, Target, index_document
from pipeline.indexing.pages import page_rows
from pipeline.indexing.shelves import Shelf
from pipeline.indexing.sparse import VERSION as TERMS
from pipeline.jobs.cutting import cut
from pipeline.jobs.failures import classify
from pipeline.jobs.handlers.work import Made, Work
from pipeline.jobs.picturing import Pictured, Pictures
from pipeline.jobs.stale import remove_stale
from pipeline.models.page_embedding import PageEmbedder
from pipeline.stores.payload import VERSION as PAYLOAD
from pipeline.stores.records import annotations, documents, generations
from pipeline.stores.records import chunks as rows_of
from pipeline.stores.records.pages import page_ids, replace_pages

Rows = list[dict[str, Any]]


class Index:
    """Chunks, embeds and writes, into each generation of the index; the artifact is the list of chunk ids."""

    def inputs(self, work: Work) -> list[Any]:
        """The document as read, what filters can ask of it, and the embedding models."""
        shelves = work.services.generations.shelves()
        models = [[shelf.number, shelf.embedder.name if shelf.embedder else None] for shelf in shelves]
        forms = [VERSION, TERMS, PAYLOAD]
        asked: list[Any] = [*forms, work.needed("read").key, work.revision.number, models, work.document.collection]
        pages = [[shelf.number, model.name, model.max_pages] for shelf in shelves if (model := _page_model(shelf))]
        if pages:
            asked.append(pages)
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
        made = [_write(work, facts, shelf, _Share(number, len(shelves))) for number, shelf in enumerate(shelves)]

        def commit(connection: Connection) -> None:
            _commit(connection, work, made)

        def after() -> None:
            remove_stale(work.services, work.document.id)

        ids = [row["id"] for row in made[0].chunks]
        problem = next((one.problem for one in made if one.problem is not None), None)
        return Made(
            data=orjson.dumps(ids),
            facts={"chunks": len(ids), **_told(made)},
            reusable=problem is None,
            problem=problem,
            commit=commit,
            after=after,
        )


@dataclass(frozen=True, slots=True)
class _Share:
    """One of several parts of the work."""

    number: int
    parts: int

    def of(self, report: Callable[[float], None]) -> Callable[[float], None]:
        """Reports the part's progress as the whole's."""
        return lambda share: report((self.number + share) / self.parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Written:
    """What was written of a document to one generation."""

    shelf: Shelf
    chunks: Rows
    pages: Pictured
    left: Rows
    """Pages whose points were written, perhaps, before the rest failed."""
    problem: dict[str, Any] | None
    """Why pages are missing."""


def _write(work: Work, facts: Facts, shelf: Shelf, share: _Share) -> _Written:
    report = share.of(work.progress)

    def progress(done: float) -> None:
        report(done)
        if work.cancelled():
            raise JobCancelled

    embedder = shelf.writer(work.services.embedder)
    chunked = cut(work.services, work.needed("read"), embedder, work.cancelled)
    aim = target(work, facts, shelf)
    # Pages first: they are what fails, and what failed is tried again from the beginning.
    pages, left, problem = _pictured(work, chunked, aim, shelf)
    rows = index_document(chunked, aim, embedder=embedder, vectors=shelf.vectors, progress=progress)
    return _Written(shelf=shelf, chunks=rows, pages=pages, left=left, problem=problem)


def _pictured(
    work: Work, chunked: ChunkedDocument, aim: Target, shelf: Shelf
) -> tuple[Pictured, Rows, dict[str, Any] | None]:
    """The pages; where the policy gives them up, none, and why: the text is indexed all the same."""
    model = _page_model(shelf)
    if shelf.pages is None or model is None:
        return Pictured(rows=[]), [], None
    unread = work.needed("read").facts.get("pages_failed", [])
    pictures = Pictures(services=work.services, document=work.document, revision=work.revision, unread=unread)
    try:
        return pictures.write(chunked, aim, shelf.pages, cancelled=work.cancelled), [], None
    except (InputError, ModelError, ParserError) as error:
        if not work.gives_up(error):
            raise
        missing = pictures.numbers(model.max_pages)
        problem = classify(error).as_json()
        return Pictured(rows=[], missing=missing), page_rows(chunked, aim, missing), problem


def _page_model(shelf: Shelf) -> PageEmbedder | None:
    return None if shelf.pages is None else shelf.pages.embedder


def _told(made: Sequence[_Written]) -> dict[str, Any]:
    """What the result says of pages; nothing where none are asked for."""
    first = made[0]
    if all(one.shelf.pages is None for one in made):
        return {}
    return {
        "pages": len(first.pages.rows),
        "pages_missing": sorted({number for one in made for number in one.pages.missing}),
        "warnings": [notice.model_dump(exclude_none=True) for notice in first.pages.notices],
    }


def _commit(connection: Connection, work: Work, made: Sequence[_Written]) -> None:
    """The document's chunks are those that were made, in every generation that it has to be in.

    Raises:
        VectorsUnavailable: another generation has come into use meanwhile; it is written to at the next attempt.
    """
    wanted = generations.written_to(connection)
    if wanted and wanted != {one.shelf.number for one in made}:
        raise VectorsUnavailable("the index was exchanged meanwhile")
    document_id, revision = work.document.id, work.revision.number
    present = documents.present_revision(connection, document_id, lock=True) == revision
    for one in made:
        shelf = one.shelf
        if not present:
            rows_of.note_stale(connection, document_id, [*one.chunks, *one.pages.rows, *one.left])
            continue
        rows_of.replace_chunks(connection, document_id, one.chunks, generation=shelf.number)
        replace_pages(connection, document_id, one.pages.rows, generation=shelf.number)
        rows_of.note_stale(connection, document_id, one.left)
        if not shelf.models_at_hand:  # not all is there that should be, should that generation come back into use
            generations.forget_indexed(connection, document_id, shelf.number)
        else:
            generations.note_indexed(connection, document_id, work.job.workspace_id, shelf.number, revision=revision)


def _is_whole(work: Work, shelf: Shelf) -> bool:
    """Whether the index has a point for each of the document's chunks, and of its pages."""
    with work.services.database.read() as connection:
        kept = [len(rows_of.chunk_ids(connection, work.document.id, shelf.number))]
        kept.append(len(page_ids(connection, work.document.id, shelf.number)))
    stores = (shelf.vectors, shelf.pages.vectors if shelf.pages else None)
    mine = {"workspace_id": work.job.workspace_id, "document_id": work.document.id}
    return kept == [store.count(**mine) if store is not None else 0 for store in stores]


def target(work: Work, facts: Facts, shelf: Shelf) -> Target:
    """Whose chunks they are."""
    return Target(
        workspace_id=work.job.workspace_id, revision=work.revision.number, facts=facts, generation=shelf.number
    )
