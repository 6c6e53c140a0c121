"""Accepting: all of it or nothing, and never lost once it was answered for."""

import io
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.errors import (
    DatabaseUnavailable,
    EmptyFile,
    InvalidSchema,
    NotFound,
    SheafError,
    StorageFull,
    UnknownSchema,
    UnsupportedType,
)
from pipeline.jobs.accept import Acceptance, Upload, accept, accept_again
from pipeline.jobs.options import JobOptions
from pipeline.jobs.schemas import publish
from pipeline.services import Services
from pipeline.stores.records import documents, jobs, outbox, stages
from pipeline.stores.records.database import Database
from tests.support.losing import LosingDatabase
from tests.support.services import WORKSPACE, make_services, submit

SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}}


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    return make_services(database, tmp_path)


def stored(services: Services) -> list[Path]:
    return [path for path in (services.settings.data_dir / "blobs").rglob("*") if path.is_file()]


def test_what_is_accepted_is_a_blob_a_document_a_job_and_a_ring(services: Services) -> None:
    upload = Upload(source=io.BytesIO(b"%PDF-1.7\n%%EOF"), name="../../etc/invoice.pdf", size=14, sha256="5" * 64)
    options = JobOptions(schema="invoice", metadata={"order": 7}, collection="mail", password="hunter2")
    accepted = accept(services, upload, options, workspace_id=WORKSPACE, actor="test")
    assert accepted.created
    with services.database.read() as connection:
        assignment = jobs.get_assignment(connection, accepted.job_id)
        assert assignment is not None
        job, document, revision = assignment
        assert {stage.name: stage.status for stage in stages.list_stages(connection, job.id)} == {
            **dict.fromkeys(("extract", "summarize", "index", "annotate", "finish"), "waiting"),
            "read": "ready",
        }
        assert outbox.due_queues(connection) == ["read"]
    assert (document.name, document.media_type, document.collection) == ("invoice.pdf", "application/pdf", "mail")
    assert (job.status, job.schema_name, job.schema_version, job.metadata) == ("queued", "invoice", 1, {"order": 7})
    assert services.blobs.get(revision.blob_key) == b"%PDF-1.7\n%%EOF"
    assert services.doorbell.rings == ["read"]  # type: ignore[attr-defined]  # the noting doorbell
    assert job.password is not None
    assert "hunter2" not in job.password
    assert services.secrets.unseal(job.password) == "hunter2"


@pytest.mark.parametrize(
    ("content", "options", "error"),
    [
        (b"", {}, EmptyFile),
        (b"\x7fELF" + bytes(50), {}, UnsupportedType),
        (b"words", {"schema": "none"}, UnknownSchema),
        (b"words", {"schema": {"type": "string"}}, InvalidSchema),
        (b"words", {"tasks": ("translate",)}, SheafError),
    ],
)
def test_what_is_refused_leaves_nothing(
    sqlite_database: Database, tmp_path: Path, content: bytes, options: dict[str, object], error: type[SheafError]
) -> None:
    services = make_services(sqlite_database, tmp_path)
    with pytest.raises(error):
        submit(services, content, **options)
    assert stored(services) == []
    with sqlite_database.read() as connection:
        assert documents.list_documents(connection, WORKSPACE, after=None, limit=1) == []


def test_equal_requests_at_once_under_one_key_make_one_job_and_one_blob(services: Services) -> None:
    barrier = threading.Barrier(6)
    answers: list[Acceptance] = []

    def work() -> None:
        barrier.wait()
        answers.append(submit(services, b"some words", idempotency_key="k"))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer.job_id for answer in answers}) == 1
    assert [answer.created for answer in answers].count(True) == 1
    assert len(stored(services)) == 1


def lost(database: Database, tmp_path: Path, *, committed: bool) -> Services:
    """Services whose next write transaction is lost."""
    losing = LosingDatabase(str(database.url), committed=committed)
    services = make_services(losing, tmp_path)
    losing.left = 1
    return services


def test_a_lost_answer_to_the_commit_loses_nothing(sqlite_database: Database, tmp_path: Path) -> None:
    """The client asks again under its key and gets the job, whose file is there."""
    services = lost(sqlite_database, tmp_path, committed=True)
    with pytest.raises(DatabaseUnavailable):
        submit(services, b"some words", idempotency_key="k")
    again = submit(services, b"some words", idempotency_key="k")
    assert not again.created
    with services.database.read() as connection:
        assignment = jobs.get_assignment(connection, again.job_id)
    assert assignment is not None
    assert services.blobs.get(assignment[2].blob_key) == b"some words"


def test_a_lost_transaction_is_as_if_nobody_had_asked(sqlite_database: Database, tmp_path: Path) -> None:
    services = lost(sqlite_database, tmp_path, committed=False)
    with pytest.raises(DatabaseUnavailable):
        submit(services, b"some words", idempotency_key="k")
    with services.database.read() as connection:
        assert documents.list_documents(connection, WORKSPACE, after=None, limit=1) == []
    assert submit(services, b"some words", idempotency_key="k").created


@pytest.mark.parametrize("error", [DatabaseUnavailable, StorageFull])
def test_a_transaction_that_fails_before_its_commit_leaves_no_file_behind(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[SheafError]
) -> None:
    """Each try of a client whose uploads met a broken database left a file that nothing ever removed."""
    services = make_services(sqlite_database, tmp_path)

    def failing(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("pipeline.jobs.accept.outbox.add_rings", failing)
    with pytest.raises(error):
        submit(services)
    assert stored(services) == []


def test_a_disk_that_is_full_at_the_commit_leaves_no_file_behind(sqlite_database: Database, tmp_path: Path) -> None:
    full = LosingDatabase(str(sqlite_database.url), committed=True, error=StorageFull)
    services = make_services(full, tmp_path)
    full.left = 1
    with pytest.raises(StorageFull):
        submit(services)
    assert stored(services) == []


def test_a_full_disk_is_said_before_anything_is_noted(sqlite_database: Database, tmp_path: Path) -> None:
    services = make_services(sqlite_database, tmp_path)
    services.blobs._reserve = 2**60  # type: ignore[attr-defined]  # the folder's
    with pytest.raises(StorageFull):
        submit(services)
    with sqlite_database.read() as connection:
        assert outbox.due_queues(connection) == []


def test_a_revision_of_a_document_that_is_not_there_is_refused_and_its_file_removed(services: Services) -> None:
    upload = Upload(source=io.BytesIO(b"some words"), name="a.txt", size=10, sha256="0" * 64)
    with pytest.raises(NotFound):
        accept(services, upload, JobOptions(), workspace_id=WORKSPACE, actor="test", replaces="doc_none")
    assert stored(services) == []


def test_a_document_is_worked_on_again_for_its_workspace_only(services: Services) -> None:
    first = submit(services)
    job_id = accept_again(services, first.document_id, JobOptions(schema=SCHEMA), workspace_id=WORKSPACE, actor="t")
    with services.database.read() as connection:
        job = jobs.get_job(connection, job_id)
    assert job is not None
    assert (job.document_id, job.schema_name, job.schema_version, job.schema_body) == (
        first.document_id,
        "inline",
        None,
        SCHEMA,
    )
    for workspace_id, document_id in (("ws_other", first.document_id), (WORKSPACE, "doc_none")):
        with pytest.raises(NotFound):
            accept_again(services, document_id, JobOptions(), workspace_id=workspace_id, actor="t")


def test_a_job_keeps_the_schema_it_was_accepted_with(services: Services) -> None:
    publish(services, "note", SCHEMA, workspace_id=WORKSPACE, actor="test")
    first = submit(services, b"one", schema="note")
    changed = {"type": "object", "properties": {"sum": {"type": "number"}}}
    publish(services, "note", changed, workspace_id=WORKSPACE, actor="test")
    second, pinned = submit(services, b"two", schema="note"), submit(services, b"three", schema="note@1")
    with services.database.read() as connection:
        found = [jobs.get_job(connection, accepted.job_id) for accepted in (first, second, pinned)]
    assert [(job.schema_version, job.schema_body) for job in found if job is not None] == [
        (1, SCHEMA),
        (2, changed),
        (1, SCHEMA),
    ]


def every_text(database: Database) -> str:
    with database.read() as connection:
        rows = connection.execute(text("SELECT * FROM jobs")).mappings()
        return "\n".join(str(dict(row)) for row in rows)


def test_a_password_is_nowhere_in_the_database_in_the_clear(services: Services) -> None:
    submit(services, password="correct horse battery")
    assert "correct horse" not in every_text(services.database)
