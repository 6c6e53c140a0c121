"""Batches file by file: interrupted anywhere and resumed, nothing twice, nothing lost, one event at the end."""

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import (
    DatabaseUnavailable,
    ForbiddenPath,
    InvalidRequest,
    InvalidSchema,
    StorageFull,
    UnknownSchema,
)
from pipeline.jobs.batches import create_batch, step_batches
from pipeline.jobs.cancel import retry
from pipeline.jobs.claims import claim
from pipeline.jobs.deletion import delete_document
from pipeline.jobs.handlers.work import Handler
from pipeline.services import Services
from pipeline.stores.folder import FolderBlobs
from pipeline.stores.records import audit, batches, deliveries, documents, jobs, workspaces
from pipeline.stores.records.batches import BatchFileRecord, BatchRecord
from pipeline.stores.records.database import Database
from schemas.batches import BatchRequest
from tests.support.losing import LosingDatabase
from tests.support.rows import blobs_of
from tests.support.services import WORKSPACE, Scripted, handlers, make_services, submit, work_all

HOOK = "https://hooks.example.com/in"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


@pytest.fixture
def services(database: Database, tmp_path: Path, folder: Path) -> Services:
    return make_services(database, tmp_path / "data", batches={"roots": {"inbox": folder}, "open_jobs": 3})


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"words of {name}")


def start(services: Services, source: str = "inbox", **request: object) -> str:
    asked = BatchRequest.model_validate({"source": source, **request})
    return create_batch(services, asked, workspace_id=WORKSPACE, actor="test")


def run(services: Services, by: dict[str, Handler] | None = None, *, rounds: int = 40) -> None:
    """Step and work, as the loops of a process do, until nothing moves."""
    for _ in range(rounds):
        moved = step_batches(services)
        if not work_all(services, by or handlers()) and not moved:
            return
    raise AssertionError("the batch goes on and on")


def batch_of(services: Services, batch_id: str) -> BatchRecord:
    with services.database.read() as connection:
        found = batches.get_batch(connection, batch_id)
    assert found is not None
    return found


def files_of(services: Services, batch_id: str) -> dict[str, BatchFileRecord]:
    with services.database.read() as connection:
        return {file.path: file for file in batches.list_batch_files(connection, batch_id)}


def statuses(services: Services, batch_id: str) -> dict[str, str]:
    return {path: file.status for path, file in files_of(services, batch_id).items()}


def count_documents(services: Services) -> int:
    with services.database.read() as connection:
        return len(documents.list_documents(connection, WORKSPACE, after=None, limit=1000))


def test_every_file_ends_with_its_jobs_status_and_one_event_tells_of_the_end(services: Services, folder: Path) -> None:
    write(folder, "a.txt", "sub/b.txt", "c.txt", "d.txt", "e.txt", "left.out")
    batch_id = start(services, pattern="**/*.txt", webhook_url=HOOK, collection="mail")
    assert batch_of(services, batch_id).status == "listing"
    run(services)
    assert set(statuses(services, batch_id).values()) == {"succeeded"}
    assert len(files_of(services, batch_id)) == count_documents(services) == 5
    assert batch_of(services, batch_id).status == "finished"
    with services.database.read() as connection:
        assert all(job.batch_id == batch_id for job in jobs.list_jobs(connection, WORKSPACE))
        assert documents.list_documents(connection, WORKSPACE, after=None, limit=1)[0].collection == "mail"
        (delivery,) = deliveries.list_deliveries(connection, WORKSPACE)
        assert {event.action for event in audit.list_events(connection, WORKSPACE)} == {
            "batch.created",
            "document.accepted",
        }
    event = json.loads(delivery.body)
    assert (event["type"], event["data"]["batch_id"], event["data"]["status"]) == (
        "batch.finished",
        batch_id,
        "finished",
    )
    assert not step_batches(services), "a finished batch is left alone"


def test_no_more_files_are_in_work_than_the_settings_allow(services: Services, folder: Path) -> None:
    write(folder, *(f"{n}.txt" for n in range(5)))
    batch_id = start(services)
    for _ in range(4):
        step_batches(services)
    assert sorted(statuses(services, batch_id).values()) == ["pending", "pending", "working", "working", "working"]


def test_a_batch_over_the_same_folder_ingests_only_what_is_new_or_changed(services: Services, folder: Path) -> None:
    write(folder, "a.txt", "b.txt")
    start(services)
    run(services, by := handlers())
    write(folder, "c.txt")
    (folder / "b.txt").write_text("other words")
    (folder / "copy of a.txt").write_text("words of a.txt")
    second = start(services)
    run(services, by)
    assert statuses(services, second) == {
        "a.txt": "unchanged",
        "b.txt": "succeeded",
        "c.txt": "succeeded",
        "copy of a.txt": "unchanged",
    }
    assert count_documents(services) == 3


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("at", range(1, 11))
def test_an_interruption_at_any_transaction_loses_nothing_and_doubles_nothing(
    sqlite_database: Database, tmp_path: Path, folder: Path, at: int, committed: bool
) -> None:
    """Listing, and each file's accepting, remembering and noting: ten transactions."""
    write(folder, "a.txt", "b.txt", "c.txt")
    database = LosingDatabase(str(sqlite_database.url), committed=committed)
    services = make_services(database, tmp_path / "data", batches={"roots": {"inbox": folder}})
    batch_id = start(services)
    database.left = at
    with pytest.raises(DatabaseUnavailable):
        any(not step_batches(services) for _ in range(10))
    run(services)
    assert statuses(services, batch_id) == dict.fromkeys(("a.txt", "b.txt", "c.txt"), "succeeded")
    assert count_documents(services) == 3
    assert batch_of(services, batch_id).status == "finished"
    with database.read() as connection:
        assert len(jobs.list_jobs(connection, WORKSPACE)) == 3
        kept = [blobs_of(connection, job.document_id) for job in jobs.list_jobs(connection, WORKSPACE)]
    assert sorted(services.blobs.get(key) for (key,) in kept) == [
        b"words of a.txt",
        b"words of b.txt",
        b"words of c.txt",
    ]
    database.close()


def test_a_process_that_died_behind_its_word_leaves_a_file_in_work_and_not_unchanged(
    services: Services, folder: Path
) -> None:
    """Another process of the same batch sees the job and neither doubles nor forgets it."""
    write(folder, "a.txt")
    batch_id = start(services)
    step_batches(services)
    step_batches(services)
    with services.database.write() as connection:
        batches.set_batch_file(connection, batch_id, 1, status="pending")
    step_batches(services)
    assert statuses(services, batch_id) == {"a.txt": "working"}
    step_batches(services)
    assert batch_of(services, batch_id).status == "running", "it waits for the job"
    run(services)
    assert statuses(services, batch_id) == {"a.txt": "succeeded"}


def test_files_that_cannot_be_used_are_refused_by_name_and_the_rest_goes_on(services: Services, folder: Path) -> None:
    write(folder, "a.txt", "gone.txt")
    (folder / "empty.txt").write_text("")
    (folder / "program.bin").write_bytes(b"\x7fELF" + bytes(100))
    os.close(os.open(os.fsencode(folder) + b"/caf\xe9.txt", os.O_CREAT | os.O_WRONLY))
    batch_id = start(services)
    step_batches(services)
    (folder / "gone.txt").unlink()
    run(services)
    files = files_of(services, batch_id)
    assert {path: file.status for path, file in files.items() if file.status != "refused"} == {"a.txt": "succeeded"}
    problems = {path: file.problem["type"] for path, file in files.items() if file.problem is not None}
    urn = "urn:sheaf:problem:"
    assert problems == {
        "empty.txt": f"{urn}empty-file",
        "program.bin": f"{urn}unsupported-type",
        "gone.txt": f"{urn}not-found",
        "caf\N{REPLACEMENT CHARACTER}.txt": f"{urn}invalid-request",
    }
    assert batch_of(services, batch_id).status == "finished"


def limit(services: Services, **limits: int) -> None:
    with services.database.write() as connection:
        workspaces.set_limits(connection, WORKSPACE, limits)


def test_files_beyond_what_may_be_stored_are_refused_and_taken_once_there_is_room(
    services: Services, folder: Path
) -> None:
    write(folder, "a.txt", "b.txt")
    (folder / "large.txt").write_text("x" * 100)
    limit(services, stored_bytes=50, documents_per_day=1, open_jobs=1)
    first = start(services)
    run(services)
    assert statuses(services, first) == {"a.txt": "succeeded", "b.txt": "succeeded", "large.txt": "refused"}
    problem = files_of(services, first)["large.txt"].problem
    assert problem is not None
    assert (problem["type"], problem["stored"]) == ("urn:sheaf:problem:storage-quota-exceeded", 28)
    assert batch_of(services, first).status == "finished"
    limit(services, stored_bytes=128)
    second = start(services)
    run(services)
    assert statuses(services, second) == {"a.txt": "unchanged", "b.txt": "unchanged", "large.txt": "succeeded"}


def test_a_batch_that_runs_files_again_is_held_to_the_days_reruns_and_new_files_are_not(
    services: Services, folder: Path
) -> None:
    write(folder, "a.txt", "b.txt")
    start(services)
    run(services)
    write(folder, "c.txt")
    limit(services, reruns_per_day=1)
    second = start(services, schema="invoice")
    run(services)
    assert statuses(services, second) == {"a.txt": "succeeded", "b.txt": "refused", "c.txt": "succeeded"}
    problem = files_of(services, second)["b.txt"].problem
    assert problem is not None
    assert (problem["type"], problem["quota"]) == ("urn:sheaf:problem:quota-exceeded", "reruns_per_day")
    limit(services, reruns_per_day=2)
    third = start(services, schema="invoice")
    run(services)
    assert statuses(services, third) == {"a.txt": "unchanged", "b.txt": "succeeded", "c.txt": "unchanged"}


def test_a_failed_job_is_a_failed_file_with_its_reason_and_stays_so_when_retried(
    services: Services, folder: Path
) -> None:
    write(folder, "a.txt")
    batch_id = start(services)
    run(services, handlers(read=Scripted([InvalidRequest("cannot be read")])))
    (file,) = files_of(services, batch_id).values()
    assert file.status == "failed"
    assert file.problem is not None
    assert file.problem["detail"] == "cannot be read"
    assert file.job_id is not None
    retry(services, file.job_id, workspace_id=WORKSPACE, actor="test")
    work_all(services, handlers())
    assert statuses(services, batch_id) == {"a.txt": "failed"}


def test_a_document_deleted_in_the_middle_does_not_hold_the_batch_up(services: Services, folder: Path) -> None:
    write(folder, "a.txt", "b.txt")
    batch_id = start(services)
    step_batches(services)
    step_batches(services)
    document_id = files_of(services, batch_id)["a.txt"].document_id
    assert document_id is not None
    delete_document(services, document_id, workspace_id=WORKSPACE, actor="test")
    run(services)
    # What the deleted file was called is gone with it.
    assert statuses(services, batch_id) == {"": "cancelled", "b.txt": "succeeded"}
    assert batch_of(services, batch_id).status == "finished"


def test_a_store_that_is_away_leaves_the_file_for_later(
    sqlite_database: Database, tmp_path: Path, folder: Path
) -> None:
    write(folder, "a.txt")
    usual = make_services(sqlite_database, tmp_path / "data", batches={"roots": {"inbox": folder}})
    full = replace(usual, blobs=FolderBlobs(tmp_path / "full", reserve_bytes=2**60))
    batch_id = start(full)
    assert step_batches(full)
    with pytest.raises(StorageFull):
        step_batches(full)
    assert statuses(full, batch_id) == {"a.txt": "pending"}
    run(usual)
    assert statuses(usual, batch_id) == {"a.txt": "succeeded"}


class OneFault(FolderBlobs):
    """Cannot keep one content, and fails in a way of its own."""

    def __init__(self, path: Path, content: bytes, error: Exception) -> None:
        super().__init__(path)
        self._content, self._error = content, error

    def put(self, key: str, chunks: Iterable[bytes], *, use_reserve: bool = False) -> int:
        data = b"".join(chunks)
        if data == self._content:
            raise self._error
        return super().put(key, [data], use_reserve=use_reserve)


@pytest.mark.parametrize(
    ("error", "problem"),
    [(ValueError("nobody has thought of this"), "internal-error"), (OSError(5, "Input/output error"), "damaged-file")],
)
def test_a_file_that_fails_unexpectedly_holds_up_no_other_file_and_no_other_batch(
    services: Services, folder: Path, tmp_path: Path, error: Exception, problem: str
) -> None:
    """It was tried again for ever, and nothing behind it was ever looked at."""
    write(folder, "one/a.txt", "one/b.txt", "two/c.txt")
    broken = replace(services, blobs=OneFault(tmp_path / "broken", b"words of one/a.txt", error))
    one, two = start(broken, "inbox/one"), start(broken, "inbox/two")
    run(broken)
    assert statuses(broken, one) == {"a.txt": "refused", "b.txt": "succeeded"}
    assert statuses(broken, two) == {"c.txt": "succeeded"}
    fault = files_of(broken, one)["a.txt"].problem
    assert fault is not None
    assert fault["type"] == f"urn:sheaf:problem:{problem}"
    assert batch_of(broken, one).status == "finished"


def test_a_file_there_is_no_room_for_holds_up_no_smaller_one(services: Services, folder: Path, tmp_path: Path) -> None:
    write(folder, "a.txt", "b.txt")
    full = replace(services, blobs=OneFault(tmp_path / "full", b"words of a.txt", StorageFull()))
    batch_id = start(full)
    assert step_batches(full)
    with pytest.raises(StorageFull):
        step_batches(full)
    assert statuses(full, batch_id) == {"a.txt": "pending", "b.txt": "working"}


def test_a_service_that_stops_ingests_no_further_file(services: Services, folder: Path) -> None:
    write(folder, "a.txt", "b.txt", "c.txt")
    batch_id = start(services)
    assert step_batches(services)
    assert not step_batches(services, lambda: "working" in statuses(services, batch_id).values())
    assert statuses(services, batch_id) == {"a.txt": "working", "b.txt": "pending", "c.txt": "pending"}
    run(services)
    assert set(statuses(services, batch_id).values()) == {"succeeded"}


def test_a_folder_that_goes_away_or_holds_too_much_fails_the_batch_with_its_reason(
    sqlite_database: Database, tmp_path: Path, folder: Path
) -> None:
    write(folder, "sub/a.txt", "many/1.txt", "many/2.txt")
    services = make_services(sqlite_database, tmp_path / "data", batches={"roots": {"inbox": folder}, "max_files": 1})
    many, gone = start(services, "inbox/many", webhook_url=HOOK), start(services, "inbox/sub")
    (folder / "sub").rename(tmp_path / "moved")
    run(services)
    ends = {batch_id: batch_of(services, batch_id) for batch_id in (many, gone)}
    assert {batch.status for batch in ends.values()} == {"failed"}
    problems = [batch.problem["type"] for batch in ends.values() if batch.problem is not None]
    assert problems == ["urn:sheaf:problem:limit-exceeded", "urn:sheaf:problem:invalid-request"]
    with sqlite_database.read() as connection:
        (delivery,) = deliveries.list_deliveries(connection, WORKSPACE)
    assert json.loads(delivery.body)["data"]["status"] == "failed"


def test_an_empty_folder_is_finished_at_once(services: Services) -> None:
    batch_id = start(services)
    run(services)
    assert batch_of(services, batch_id).status == "finished"


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"source": "other"}, ForbiddenPath),
        ({"source": "inbox/none"}, InvalidRequest),
        ({"source": "inbox", "schema": "none"}, UnknownSchema),
        ({"source": "inbox", "schema": {"type": "array"}}, InvalidSchema),
        ({"source": "inbox", "tasks": ["extract"]}, InvalidRequest),
        ({"source": "inbox", "collection": ""}, InvalidRequest),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_noted(
    sqlite_database: Database, tmp_path: Path, folder: Path, request_: dict[str, object], error: type[Exception]
) -> None:
    services = make_services(sqlite_database, tmp_path / "data", batches={"roots": {"inbox": folder}})
    with pytest.raises(error):
        start(services, **request_)  # type: ignore[arg-type]  # as given
    with sqlite_database.read() as connection:
        assert batches.open_batches(connection) == []


def test_single_uploads_are_claimed_before_the_files_of_a_batch(services: Services, folder: Path) -> None:
    write(folder, "a.txt")
    start(services)
    step_batches(services)
    step_batches(services)
    single = submit(services, b"urgent words")
    stage = claim(services, "read", "t")
    assert stage is not None
    assert stage.stage.job_id == single.job_id
