"""The stage `index`: `Document` → chunks in SQL and points in the vector store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from pipeline.errors import InputError, JobCancelled, LeaseLost, ModelError, ParserError, VectorsUnavailable
from pipeline.filtering.conditions import Facts
from pipeline.indexing.chunks import ChunkedDocument
from pipeline.indexing.index import VERSION, Target, chunk_rows, index_document
from pipeline.indexing.pages import page_rows
from pipeline.indexing.shelves import Shelf
from pipeline.indexing.sparse import VERSION as TERMS
from pipeline.jobs.cutting import cut
from pipeline.jobs.failures import classify
from pipeline.jobs.handlers.work import Made, Work, artifact_key
from pipeline.jobs.picturing import Pictured, Pictures
from pipeline.jobs.stale import remove_stale
from pipeline.models.page_embedding import PageEmbedder
from pipeline.stores.payload import VERSION as PAYLOAD
from pipeline.stores.records import annotations, artifacts, documents, generations, stages
from pipeline.stores.records import chunks as rows_of
from pipeline.stores.records.pages import drop_outdated_pages, page_ids, replace_pages
from pipeline.stores.vectors import Points

Rows = list[dict[str, Any]]


class Index:
    """Chunks, embeds and writes, into each generation of the index; the artifact is the list of chunk ids.

    Where pages are found by their pictures too, the text does not wait for them: it is found as soon as it is written,
    and noted by an artifact of its own, so that an attempt after one that failed goes on with the pictures.
    """

    def inputs(self, work: Work) -> list[Any]:
        """The document as read, what filters can ask of it, and the embedding models."""
        shelves = work.services.generations.shelves()
        asked = _of_text(work, shelves)
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
        made = _write(work, facts)

        def commit(connection: Connection) -> None:
            _commit(connection, work, made)

        def after() -> None:
            remove_stale(work.services, work.document.id)

        ids = [row["id"] for row in made[0].text.rows]
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
class _Text:
    """A document's text as it was written to one generation."""

    shelf: Shelf
    aim: Target
    chunked: ChunkedDocument
    rows: Rows


@dataclass(frozen=True, kw_only=True, slots=True)
class _Written:
    """All that was written of a document to one generation."""

    text: _Text
    pages: Pictured
    left: Rows
    """Pages whose points were written, perhaps, before the rest failed."""
    problem: dict[str, Any] | None
    """Why pages are missing."""


def _write(work: Work, facts: Facts) -> list[_Written]:
    shelves = work.services.generations.shelves()
    pictured = any(map(_page_model, shelves))
    parts = len(shelves) * (2 if pictured else 1)
    noted = artifact_key(work.stage.name, ["text", *_of_text(work, shelves)])
    texts = [
        _text(work, facts, shelf, _Share(number, parts), noted=noted in work.known)
        for number, shelf in enumerate(shelves)
    ]
    if pictured:
        _show(work, texts, noted)
    return [_pictured(work, text, _Share(len(shelves) + number, parts)) for number, text in enumerate(texts)]


def _text(work: Work, facts: Facts, shelf: Shelf, share: _Share, *, noted: bool) -> _Text:
    """Written, unless an attempt has `noted` that it was, and it still stands there."""
    embedder = shelf.writer(work.services.embedder)
    chunked = cut(work.services, work.needed("read"), embedder, work.cancelled)
    aim = target(work, facts, shelf)
    text = _Text(shelf=shelf, aim=aim, chunked=chunked, rows=chunk_rows(chunked, aim))
    if noted and _stands(work, text):
        shelf.vectors.set_fields(workspace_id=aim.workspace_id, document_id=aim.document_id, fields=facts.fields)
    else:
        progress = _reporting(work, share)
        index_document(chunked, aim, embedder=embedder, vectors=shelf.vectors, progress=progress)
    return text


def _reporting(work: Work, share: _Share) -> Callable[[float], None]:
    report = share.of(work.progress)

    def progress(done: float) -> None:
        report(done)
        if work.cancelled():
            raise JobCancelled

    return progress


def _show(work: Work, texts: Sequence[_Text], noted: str) -> None:
    """The texts are found from here on; the pages of an earlier revision, whose texts are gone, are not.

    Raises:
        LeaseLost: somebody else has the stage by now.
        VectorsUnavailable: another generation has come into use meanwhile, or old points cannot be removed.
    """
    document_id, stage = work.document.id, work.stage
    with work.services.database.write() as connection:
        if not stages.is_held(connection, stage):
            raise LeaseLost
        _check_shelves(connection, texts)
        if documents.present_revision(connection, document_id, lock=True) != work.revision.number:
            return
        for text in texts:
            rows_of.replace_chunks(connection, document_id, text.rows, generation=text.shelf.number)
        drop_outdated_pages(connection, document_id)
        artifacts.add_artifact(
            connection,
            workspace_id=stage.workspace_id,
            document_id=document_id,
            stage=stage.name,
            key=noted,
            blob_key=None,
            content=b"",
            size=0,
            facts={"chunks": len(texts[0].rows)},
        )
    remove_stale(work.services, document_id)


def _pictured(work: Work, text: _Text, share: _Share) -> _Written:
    """The pages; where the policy gives them up, none, and why: the text is indexed all the same."""
    shelf, model = text.shelf, _page_model(text.shelf)
    if shelf.pages is None or model is None:
        return _Written(text=text, pages=Pictured(rows=[]), left=[], problem=None)
    unread = work.needed("read").facts.get("pages_failed", [])
    pictures = Pictures(services=work.services, document=work.document, revision=work.revision, unread=unread)
    try:
        pages = pictures.write(
            text.chunked, text.aim, shelf.pages, progress=_reporting(work, share), cancelled=work.cancelled
        )
    except (InputError, ModelError, ParserError) as error:
        if not work.gives_up(error):
            raise
        missing = pictures.numbers(model.max_pages)
        left = page_rows(text.chunked, text.aim, missing)
        problem = classify(error).as_json()
        return _Written(text=text, pages=Pictured(rows=[], missing=missing), left=left, problem=problem)
    return _Written(text=text, pages=pages, left=[], problem=None)


def _page_model(shelf: Shelf) -> PageEmbedder | None:
    return None if shelf.pages is None else shelf.pages.embedder


def _told(made: Sequence[_Written]) -> dict[str, Any]:
    """What the result says of pages; nothing where none are asked for."""
    first = made[0]
    if all(one.text.shelf.pages is None for one in made):
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
    _check_shelves(connection, [one.text for one in made])
    document_id, revision = work.document.id, work.revision.number
    present = documents.present_revision(connection, document_id, lock=True) == revision
    for one in made:
        shelf, rows = one.text.shelf, one.text.rows
        if not present:
            rows_of.note_stale(connection, document_id, [*rows, *one.pages.rows, *one.left])
            continue
        rows_of.replace_chunks(connection, document_id, rows, generation=shelf.number)
        replace_pages(connection, document_id, one.pages.rows, generation=shelf.number)
        rows_of.note_stale(connection, document_id, one.left)
        if not shelf.models_at_hand:  # not all is there that should be, should that generation come back into use
            generations.forget_indexed(connection, document_id, shelf.number)
        else:
            generations.note_indexed(connection, document_id, work.job.workspace_id, shelf.number, revision=revision)


def _check_shelves(connection: Connection, texts: Sequence[_Text]) -> None:
    wanted = generations.written_to(connection)
    if wanted and wanted != {text.shelf.number for text in texts}:
        raise VectorsUnavailable("the index was exchanged meanwhile")


def _of_text(work: Work, shelves: Sequence[Shelf]) -> list[Any]:
    """What decides on the points of the text."""
    models = [[shelf.number, shelf.embedder.name if shelf.embedder else None] for shelf in shelves]
    forms = [VERSION, TERMS, PAYLOAD]
    return [*forms, work.needed("read").key, work.revision.number, models, work.document.collection]


def _stands(work: Work, text: _Text) -> bool:
    """Whether the chunks are found, and nothing else is in the index of the document."""
    with work.services.database.read() as connection:
        ids = rows_of.chunk_ids(connection, work.document.id, text.shelf.number)
    return ids == [row["id"] for row in text.rows] and _points(work, text.shelf.vectors) == len(ids)


def _is_whole(work: Work, shelf: Shelf) -> bool:
    """Whether the index has a point for each of the document's chunks, and of its pages."""
    with work.services.database.read() as connection:
        kept = [len(rows_of.chunk_ids(connection, work.document.id, shelf.number))]
        kept.append(len(page_ids(connection, work.document.id, shelf.number)))
    return kept == [_points(work, shelf.vectors), _points(work, shelf.pages.vectors) if shelf.pages else 0]


def _points(work: Work, store: Points) -> int:
    return store.count(workspace_id=work.job.workspace_id, document_id=work.document.id)


def target(work: Work, facts: Facts, shelf: Shelf) -> Target:
    """Whose chunks they are."""
    return Target(
        workspace_id=work.job.workspace_id, revision=work.revision.number, facts=facts, generation=shelf.number
    )
