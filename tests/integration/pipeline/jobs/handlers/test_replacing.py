"""New bytes of a document: whoever searches meanwhile finds all of the old passages or all of the new ones."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.answering.retrieval import Corpus
from pipeline.answering.search import search
from pipeline.answering.sql_chunks import SqlChunks
from pipeline.errors import UnsupportedType, VectorsUnavailable
from pipeline.jobs.accept import accept
from pipeline.jobs.cancel import cancel
from pipeline.jobs.deletion import delete_document
from pipeline.jobs.handlers.index import Index
from pipeline.jobs.handlers.work import Work
from pipeline.jobs.options import JobOptions
from pipeline.jobs.sweep import tidy
from pipeline.models.hashing import HashingEmbedder
from pipeline.services import Services
from pipeline.stores.edge import EdgeVectors
from pipeline.stores.records import annotations, chunks
from pipeline.stores.records.database import Database
from schemas.answers import Filters, SearchRequest
from tests.support.corpus import written
from tests.support.services import WORKSPACE, Scripted, handlers, make_services, submit, text_upload, work_all

PARTS = 40
"""More passages than are written at once."""


class Watched(HashingEmbedder):
    """Somebody searches each time a passage is embedded: between any two writes."""

    def __init__(self) -> None:
        super().__init__(32)
        self.meanwhile: Callable[[], object] | None = None

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
            self.meanwhile = meanwhile
        return super().embed(texts)


class Store(EdgeVectors):
    """Somebody searches before points are removed, and things happen between a search and the look into SQL."""

    meanwhile: Callable[[], object] | None = None
    away = False

    def delete(self, ids: Sequence[str]) -> None:
        if self.away:
            raise VectorsUnavailable
        if self.meanwhile is not None:
            self.meanwhile()
        super().delete(ids)


@dataclass
class Watch:
    """Searches, and keeps each different answer that it saw."""

    services: Services
    seen: list[frozenset[str]] = field(default_factory=list)

    def look(self, filters: Filters | None = None) -> frozenset[str]:
        request = SearchRequest(query="quay", limit=PARTS + 10, filters=filters)
        found = frozenset(
            hit.text for hit in search(request, workspace_id=WORKSPACE, corpus=corpus(self.services)).items
        )
        if not self.seen or self.seen[-1] != found:
            self.seen.append(found)
        return found


def corpus(services: Services) -> Corpus:
    return Corpus(embedder=services.embedder, vectors=services.vectors, chunks=SqlChunks(services.database))


@pytest.fixture
def services(sqlite_database: Database, tmp_path: Path) -> Iterator[Services]:
    made = make_services(sqlite_database, tmp_path / "data")
    made.vectors.close()
    store = Store(tmp_path / "index", 32)
    yield replace(made, embedder=Watched(), vectors=store)
    store.close()


def texts(edition: int) -> list[str]:
    """Each so long that no two neighbours are shown as one."""
    return [f"Edition {edition} of part {part} about the quay. " + f"warehouse{part} " * 150 for part in range(PARTS)]


def shown(edition: int) -> frozenset[str]:
    return frozenset(text.strip() for text in texts(edition))


def reading(edition: int) -> Scripted:
    facts = {"pages_total": None, "pages_failed": []}
    return Scripted([written(*texts(edition)).model_dump_json().encode()], facts=facts)


def ingest(services: Services, edition: int, *, replaces: str | None = None) -> str:
    upload = text_upload(f"edition {edition}".encode())
    options = JobOptions(tasks=("index",))
    return accept(services, upload, options, workspace_id=WORKSPACE, actor="t", replaces=replaces).document_id


def test_a_search_sees_all_of_the_old_passages_or_all_of_the_new_ones(services: Services) -> None:
    document_id = ingest(services, 1)
    work_all(services, handlers(read=reading(1), index=Index()))
    watch = Watch(services)
    assert watch.look() == shown(1)
    services.embedder.meanwhile = services.vectors.meanwhile = watch.look  # type: ignore[attr-defined]  # of our own
    ingest(services, 2, replaces=document_id)
    watch.look()
    work_all(services, handlers(read=reading(2), index=Index()))
    assert watch.seen == [shown(1), shown(2)]
    assert services.vectors.count(workspace_id=WORKSPACE) == PARTS, "the points of before are gone"
    with services.database.read() as connection:
        assert chunks.stale_ids(connection) == []


def test_passages_that_are_replaced_between_search_and_lookup_are_not_missed(services: Services) -> None:
    document_id = ingest(services, 1)
    work_all(services, handlers(read=reading(1), index=Index()))
    ingest(services, 2, replaces=document_id)

    class Late(SqlChunks):
        looked = 0

        def chunks(self, workspace_id: str, ids: Sequence[str]) -> Any:
            self.looked += 1
            if self.looked == 1:
                work_all(services, handlers(read=reading(2), index=Index()))
            return super().chunks(workspace_id, ids)

    late = replace(corpus(services), chunks=Late(services.database))
    found = search(SearchRequest(query="quay", limit=50), workspace_id=WORKSPACE, corpus=late).items
    assert frozenset(hit.text for hit in found) == shown(2)


def test_searches_beside_many_replacements_see_one_edition_each(services: Services) -> None:
    document_id = ingest(services, 1)
    work_all(services, handlers(read=reading(1), index=Index()))
    watch, ended = Watch(services), threading.Event()

    def search_on() -> None:
        while not ended.is_set():
            watch.look()

    searching = threading.Thread(target=search_on)
    searching.start()
    try:
        for edition in range(2, 6):
            ingest(services, edition, replaces=document_id)
            work_all(services, handlers(read=reading(edition), index=Index()))
    finally:
        ended.set()
        searching.join()
    assert watch.seen
    assert set(watch.seen) <= {shown(edition) for edition in range(1, 6)}


def test_extracted_values_are_those_of_the_passages_that_are_shown(services: Services) -> None:
    document_id = ingest(services, 1)
    work_all(services, handlers(read=reading(1), index=Index()))
    fields = {"/total": [5]}
    services.vectors.set_fields(workspace_id=WORKSPACE, document_id=document_id, fields=fields)
    with services.database.write() as connection:
        annotations.replace_annotations(connection, document_id, revision=1, fields=fields)
    five = Filters(where="fields./total = 5")
    ingest(services, 2, replaces=document_id)
    watch = Watch(services)
    assert watch.look(five) == shown(1)
    work_all(services, handlers(read=reading(2), index=Index()))
    assert watch.look(five) == frozenset(), "they were read from other bytes"


@pytest.mark.parametrize("how", ["unreadable", "cancelled"])
def test_bytes_that_are_not_indexed_end_what_was_found_of_those_before(services: Services, how: str) -> None:
    document_id = ingest(services, 1)
    work_all(services, handlers(read=reading(1), index=Index()))
    watch = Watch(services)
    ingest(services, 2, replaces=document_id)
    assert watch.look() == shown(1)

    def cancelling(work: Work) -> None:
        cancel(services, work.job.id, workspace_id=WORKSPACE, actor="t")

    read = Scripted([UnsupportedType()]) if how == "unreadable" else replace(reading(2), during=cancelling)
    work_all(services, handlers(read=read, index=Index()))
    assert watch.look() == frozenset()
    tidy(services)
    assert services.vectors.count(workspace_id=WORKSPACE) == 0


def test_points_that_could_not_be_removed_are_removed_later(services: Services) -> None:
    document_id = ingest(services, 1)
    work_all(services, handlers(read=reading(1), index=Index()))
    services.vectors.away = True  # type: ignore[attr-defined]  # of our own
    ingest(services, 2, replaces=document_id)
    work_all(services, handlers(read=reading(2), index=Index()))
    watch = Watch(services)
    assert (watch.look(), services.vectors.count(workspace_id=WORKSPACE)) == (shown(2), 2 * PARTS)
    tidy(services)
    services.vectors.away = False  # type: ignore[attr-defined]  # of our own
    tidy(services)
    assert (watch.look(), services.vectors.count(workspace_id=WORKSPACE)) == (shown(2), PARTS)


def test_a_deleted_document_is_found_no_more_before_anything_of_it_is_removed(services: Services) -> None:
    accepted = submit(services, b"edition 1", tasks=("index",))
    work_all(services, handlers(read=reading(1), index=Index()))
    watch = Watch(services)
    assert watch.look() == shown(1)

    class Slow:
        def delete_document(self, **which: str) -> int:
            assert store.count(**which) == PARTS
            assert watch.look() == frozenset()
            return store.delete_document(**which)

    store = services.vectors
    slow: Any = Slow()
    receipt = delete_document(
        replace(services, vectors=slow), accepted.document_id, workspace_id=WORKSPACE, actor="test"
    )
    assert (receipt.vectors, receipt.chunks) == (PARTS, PARTS)
