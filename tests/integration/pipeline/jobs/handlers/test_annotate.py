"""Extracted values reach the filters: exactly, for the present revision, and until the document is deleted."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.answering.retrieval import Corpus
from pipeline.answering.search import search
from pipeline.answering.sql_chunks import SqlChunks
from pipeline.jobs.accept import accept_again
from pipeline.jobs.deletion import delete_document
from pipeline.jobs.handlers.annotate import Annotate
from pipeline.jobs.handlers.index import Index
from pipeline.jobs.options import JobOptions
from pipeline.models.hashing import HashingEmbedder
from pipeline.services import Services
from pipeline.stores.edge import EdgeVectors
from pipeline.stores.records.annotations import annotations, facts_of
from pipeline.stores.records.database import Database
from schemas.answers import Filters, SearchRequest
from schemas.documents import Document, TextBlock
from tests.support.services import WORKSPACE, Scripted, handlers, make_services, submit, work_all

TEXT = "The quay is open at night."
DOCUMENT = Document(
    shape="text",
    media_type="text/plain",
    text=TEXT,
    blocks=[TextBlock(kind="paragraph", start=0, stop=len(TEXT))],
)
EXTRACTION = b'{"fields": {"/total": {"value": 1000.00000000000000001}, "/due": {"value": "2024-03-31"}}, "data": {}}'
SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}}


@pytest.fixture
def services(sqlite_database: Database, tmp_path: Path) -> Iterator[Services]:
    made = make_services(sqlite_database, tmp_path / "data")
    made = replace(made, embedder=HashingEmbedder(32), vectors=EdgeVectors(tmp_path / "vectors", 32))
    yield made
    made.vectors.close()


def run(services: Services) -> None:
    reading = Scripted([DOCUMENT.model_dump_json().encode()], facts={"pages_total": None, "pages_failed": []})
    done = handlers(read=reading, extract=Scripted([EXTRACTION]), index=Index(), annotate=Annotate())
    work_all(services, done)


def found(services: Services, where: str) -> int:
    corpus = Corpus(embedder=services.embedder, vectors=services.vectors, chunks=SqlChunks(services.database))
    asked = SearchRequest(query="quay", filters=Filters(where=where))
    return len(search(asked, workspace_id=WORKSPACE, corpus=corpus).items)


def test_extracted_values_are_asked_for_with_all_their_digits(services: Services) -> None:
    submit(services, TEXT.encode(), schema=SCHEMA)
    run(services)
    assert found(services, "fields./total > 1000 and fields./due <= 2024-03-31") == 1
    assert found(services, "fields./total <= 1000") == 0
    assert found(services, "fields./due < 2024-03-31") == 0


def test_indexing_again_without_extracting_keeps_the_values(services: Services, tmp_path: Path) -> None:
    accepted = submit(services, TEXT.encode(), schema=SCHEMA)
    run(services)
    fresh = replace(services, vectors=EdgeVectors(tmp_path / "second", 32))
    accept_again(fresh, accepted.document_id, JobOptions(tasks=("index",)), workspace_id=WORKSPACE, actor="test")
    run(fresh)
    assert found(fresh, "fields./total > 1000") == 1
    fresh.vectors.close()


def test_values_go_with_their_document_and_are_no_other_workspace_s(services: Services) -> None:
    accepted = submit(services, TEXT.encode(), schema=SCHEMA)
    run(services)
    with services.database.read() as connection:
        known = facts_of(connection, WORKSPACE, [accepted.document_id])[accepted.document_id]
        assert known.fields == {"/total": [Decimal("1000.00000000000000001")], "/due": ["2024-03-31"]}
        assert facts_of(connection, "ws_other", [accepted.document_id]) == {}
    delete_document(services, accepted.document_id, workspace_id=WORKSPACE, actor="test")
    assert found(services, "fields./total > 1000") == 0
    with services.database.read() as connection:
        assert connection.execute(annotations.select()).all() == []
