"""Indexing again: what is there is not made twice, what was lost is made anew."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.answering.retrieval import Corpus
from pipeline.answering.search import search
from pipeline.answering.sql_chunks import SqlChunks
from pipeline.jobs.accept import accept_again
from pipeline.jobs.cutting import SMALL_BYTES
from pipeline.jobs.handlers.index import Index
from pipeline.jobs.handlers.work import Handler, Made, Work
from pipeline.jobs.options import JobOptions
from pipeline.models.hashing import HashingEmbedder
from pipeline.reading.child.sandbox import Sandbox
from pipeline.services import Services
from pipeline.stores.edge import EdgeVectors
from pipeline.stores.records import chunks, jobs, stages
from pipeline.stores.records.database import Database
from schemas.answers import SearchRequest
from schemas.documents import Document, TextBlock
from tests.support.rows import count_chunks
from tests.support.services import WORKSPACE, Scripted, handlers, make_services, submit, work_all

TEXT = "The quay is open at night."
DOCUMENT = Document(
    shape="text",
    media_type="text/plain",
    text=TEXT,
    blocks=[TextBlock(kind="paragraph", start=0, stop=len(TEXT))],
)


class Measured(HashingEmbedder):
    """Its tokens can be counted in a child, and nowhere else."""

    counter = "pipeline.models.minilm:token_counter"

    def count_tokens(self, text: str) -> int:
        raise AssertionError("a long document is cut up in a child")


class CountingIndex(Index):
    made = 0

    def make(self, work: Work) -> Made:
        self.made += 1
        return super().make(work)


@pytest.fixture
def services(sqlite_database: Database, tmp_path: Path) -> Iterator[Services]:
    embedder = HashingEmbedder(32)
    made = make_services(sqlite_database, tmp_path / "data")
    made = replace(made, embedder=embedder, vectors=EdgeVectors(tmp_path / "first", 32))
    yield made
    made.vectors.close()


def run(services: Services, index: Handler) -> None:
    reading = Scripted([DOCUMENT.model_dump_json().encode()], facts={"pages_total": None, "pages_failed": []})
    work_all(services, handlers(read=reading, index=index))


def found(services: Services) -> list[str]:
    corpus = Corpus(embedder=services.embedder, vectors=services.vectors, chunks=SqlChunks(services.database))
    return [hit.text for hit in search(SearchRequest(query="quay"), workspace_id=WORKSPACE, corpus=corpus).items]


def again(services: Services, document_id: str) -> str:
    options = JobOptions(tasks=("index",))
    return accept_again(services, document_id, options, workspace_id=WORKSPACE, actor="test")


def test_what_is_indexed_is_not_indexed_twice(services: Services) -> None:
    index = CountingIndex()
    accepted = submit(services, TEXT.encode())
    run(services, index)
    assert found(services) == [TEXT]
    again(services, accepted.document_id)
    run(services, index)
    assert index.made == 1


def test_a_lost_index_is_written_anew_by_running_again(services: Services, tmp_path: Path) -> None:
    index = CountingIndex()
    accepted = submit(services, TEXT.encode())
    run(services, index)
    fresh = replace(services, vectors=EdgeVectors(tmp_path / "second", 32))
    assert found(fresh) == []
    job_id = again(fresh, accepted.document_id)
    run(fresh, index)
    assert (found(fresh), index.made) == ([TEXT], 2)
    with fresh.database.read() as connection:
        assert count_chunks(connection, WORKSPACE) == 1
        assert {stage.status for stage in stages.list_stages(connection, job_id)} == {"succeeded"}
    again(fresh, accepted.document_id)
    run(fresh, index)
    assert index.made == 2
    fresh.vectors.close()


def test_a_long_document_is_cut_up_in_a_child(services: Services, warm_sandbox: Sandbox) -> None:
    paragraph = "The quay is open at night, and lit by lamps that stand in a row. " * 8
    count = SMALL_BYTES // len(paragraph) + 1
    blocks = [
        TextBlock(kind="paragraph", start=n * len(paragraph), stop=(n + 1) * len(paragraph)) for n in range(count)
    ]
    long = Document(shape="text", media_type="text/plain", text=paragraph * count, blocks=blocks)
    services = replace(services, embedder=Measured(32), sandbox=warm_sandbox)
    submit(services, b"long")
    work_all(services, handlers(read=Scripted([long.model_dump_json().encode()]), index=Index()))
    with services.database.read() as connection:
        (job,) = jobs.list_jobs(connection, WORKSPACE)
        assert job.status == "succeeded"
        ids = chunks.chunk_ids(connection, job.document_id)
    assert len(ids) > count / 4
    assert services.vectors.count(workspace_id=WORKSPACE, document_id=job.document_id) == len(ids)
