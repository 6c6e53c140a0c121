"""Files of a folder become documents: each once, new bytes as a revision, copies as one document."""

import io
import threading
from pathlib import Path

import pytest

from pipeline.errors import DamagedFile, EmptyFile, FileTooLarge, ForbiddenPath
from pipeline.jobs.deletion import delete_document
from pipeline.jobs.ingest import Ingested, _FileUpload, ingest_file, with_batch
from pipeline.jobs.options import JobOptions
from pipeline.services import Services
from pipeline.stores.records import batches, documents, jobs
from pipeline.stores.records.database import Database
from tests.support.rows import blobs_of
from tests.support.services import WORKSPACE, make_services, submit

SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}}


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    return make_services(database, tmp_path / "data")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


def ingest(services: Services, folder: Path, path: str, **options: object) -> Ingested:
    chosen = JobOptions(**options)  # type: ignore[arg-type]  # as given
    return ingest_file(services, folder, path, chosen, workspace_id=WORKSPACE, actor="test")


def names(services: Services) -> list[tuple[str, int]]:
    """Names and revisions of all documents."""
    with services.database.read() as connection:
        listed = documents.list_documents(connection, WORKSPACE, after=None, limit=100)
    return sorted((document.name, document.revision) for document in listed)


def test_the_same_file_is_ingested_once_and_a_copy_is_the_same_document(services: Services, folder: Path) -> None:
    (folder / "a.txt").write_text("some words")
    (folder / "copy.txt").write_text("some words")
    first = ingest(services, folder, "a.txt")
    again = ingest(services, folder, "a.txt")
    copy = ingest(services, folder, "copy.txt")
    assert (first.created, again.created, copy.created) == (True, False, False)
    assert {first.document_id, again.document_id, copy.document_id} == {first.document_id}
    assert {first.job_id, again.job_id, copy.job_id} == {first.job_id}
    assert (first.owned, again.owned, copy.owned) == (True, True, False)
    assert names(services) == [("a.txt", 1)]


def test_new_bytes_of_a_file_are_the_next_revision_of_its_document(services: Services, folder: Path) -> None:
    (folder / "a.txt").write_text("first words")
    first = ingest(services, folder, "a.txt")
    (folder / "a.txt").write_text("other words")
    second = ingest(services, folder, "a.txt")
    assert second.document_id == first.document_id
    assert second.job_id != first.job_id
    assert names(services) == [("a.txt", 2)]
    with services.database.read() as connection:
        keys = blobs_of(connection, first.document_id)
        job = jobs.get_job(connection, second.job_id)
    assert [services.blobs.get(key) for key in keys] == [b"first words", b"other words"]
    assert job is not None
    assert job.revision == 2


def test_a_copy_that_changes_does_not_touch_the_document_it_was_a_copy_of(services: Services, folder: Path) -> None:
    (folder / "a.txt").write_text("some words")
    (folder / "copy.txt").write_text("some words")
    original = ingest(services, folder, "a.txt")
    ingest(services, folder, "copy.txt")
    (folder / "copy.txt").write_text("words of its own")
    changed = ingest(services, folder, "copy.txt")
    assert changed.document_id != original.document_id
    assert not ingest(services, folder, "a.txt").created
    (folder / "copy.txt").write_text("words of its own, again")
    assert ingest(services, folder, "copy.txt").document_id == changed.document_id
    assert names(services) == [("a.txt", 1), ("copy.txt", 2)]


def test_a_file_with_the_bytes_of_an_upload_never_changes_that_upload(services: Services, folder: Path) -> None:
    uploaded = submit(services, b"some words")
    (folder / "a.txt").write_text("some words")
    assert ingest(services, folder, "a.txt").document_id == uploaded.document_id
    (folder / "a.txt").write_text("other words")
    assert ingest(services, folder, "a.txt").document_id != uploaded.document_id
    with services.database.read() as connection:
        document = documents.get_document(connection, WORKSPACE, uploaded.document_id)
    assert document is not None
    assert document.revision == 1


def test_another_schema_runs_again_over_the_same_document(services: Services, folder: Path) -> None:
    (folder / "a.txt").write_text("some words")
    plain = ingest(services, folder, "a.txt")
    extracted = ingest(services, folder, "a.txt", schema=SCHEMA)
    assert (extracted.document_id, extracted.created) == (plain.document_id, True)
    assert extracted.job_id != plain.job_id
    assert not ingest(services, folder, "a.txt", schema=SCHEMA).created
    assert not ingest(services, folder, "a.txt").created
    assert ingest(services, folder, "a.txt", tasks=("index",)).created


def test_a_deleted_documents_file_may_be_ingested_again(services: Services, folder: Path) -> None:
    (folder / "a.txt").write_text("some words")
    first = ingest(services, folder, "a.txt")
    delete_document(services, first.document_id, workspace_id=WORKSPACE, actor="test")
    again = ingest(services, folder, "a.txt")
    assert again.created
    assert again.document_id != first.document_id
    assert names(services) == [("a.txt", 1)]


def test_a_file_that_cannot_be_used_is_refused_with_its_reason_and_leaves_nothing(
    database: Database, folder: Path, tmp_path: Path
) -> None:
    services = make_services(database, tmp_path / "data", http={"max_upload_bytes": 10})
    (folder / "empty.txt").write_text("")
    (folder / "long.txt").write_text("x" * 11)
    (folder / "link.txt").symlink_to(folder / "long.txt")
    for name, error in (("empty.txt", EmptyFile), ("long.txt", FileTooLarge), ("link.txt", ForbiddenPath)):
        with pytest.raises(error):
            ingest(services, folder, name)
    with pytest.raises(FileNotFoundError):
        ingest(services, folder, "gone.txt")
    assert names(services) == []
    assert [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()] == []


def test_a_file_that_grows_while_it_is_stored_is_not_stored(services: Services, folder: Path) -> None:
    growing = folder / "a.txt"
    growing.write_text("first words")
    with growing.open("rb") as source:
        upload = _FileUpload(source=source, name="a.txt", size=11, sha256="0" * 64)
        with pytest.raises(DamagedFile, match="changed while it was read"):
            services.blobs.put("ws_1/x", upload.chunks())
    assert not services.blobs.delete("ws_1/x")


def test_two_who_ingest_a_file_at_once_under_one_key_make_one_document(services: Services, folder: Path) -> None:
    (folder / "a.txt").write_text("some words")
    barrier = threading.Barrier(4)
    done: list[Ingested] = []

    def work() -> None:
        barrier.wait()
        options = with_batch(JobOptions(), "bat_1")
        done.append(
            ingest_file(
                services, folder, "a.txt", options, workspace_id=WORKSPACE, actor="t", idempotency_key="bat_1/1"
            )
        )

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({ingested.job_id for ingested in done}) == 1
    assert sum(ingested.created for ingested in done) == 1
    assert names(services) == [("a.txt", 1)]
    with services.database.read() as connection:
        assert batches.find_source(connection, WORKSPACE, str(folder / "a.txt")) is not None


def test_files_of_a_batch_queue_behind_single_uploads_and_send_no_events_of_their_own() -> None:
    options = with_batch(JobOptions(webhook_url="https://example.com", priority=100), "bat_1")
    assert (options.priority, options.webhook_url, options.batch_id) == (200, None, "bat_1")


class Growing(io.FileIO):
    """A log that is written faster than it is read."""

    reads = 0

    def read(self, size: int | None = -1) -> bytes:
        self.reads += 1
        assert self.reads < 10, "it is followed to an end that never comes"
        return super().read(size) or b"one more line\n"


def test_a_file_that_grows_while_it_is_read_is_refused_and_not_followed(
    services: Services, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.log").write_text("some words")
    monkeypatch.setattr("pipeline.jobs.ingest.open_file", lambda folder, path: Growing(folder / path))
    with pytest.raises(DamagedFile, match="changed while it was read"):
        ingest(services, folder, "a.log")
    assert names(services) == []
