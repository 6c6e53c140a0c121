"""Batches, their files, and the memory of what was ingested."""

import threading

import pytest

from pipeline.stores.records import batches
from pipeline.stores.records.batches import BatchRecord
from pipeline.stores.records.database import Database
from tests.support.rows import add_workspace


@pytest.fixture
def prepared(database: Database) -> Database:
    with database.write() as connection:
        add_workspace(connection)
        add_workspace(connection, "ws_2")
        for number in (1, 2):
            batches.add_batch(
                connection,
                id=f"bat_{number}",
                workspace_id="ws_1",
                source="inbox",
                pattern="**/*",
                options={"schema": None, "tasks": ["index"], "collection": None},
                webhook_url=None,
            )
    return database


def get(database: Database, batch_id: str = "bat_1") -> BatchRecord:
    with database.read() as connection:
        batch = batches.get_batch(connection, batch_id)
    assert batch is not None
    return batch


def move(database: Database, status: str) -> bool:
    with database.write() as connection:
        return batches.set_batch_status(connection, "bat_1", status, problem={"t": 1} if status == "failed" else None)


def test_a_batch_moves_on_once_and_never_back(prepared: Database) -> None:
    assert get(prepared).status == "listing"
    assert not move(prepared, "finished"), "what was not listed cannot be finished"
    assert [move(prepared, "running") for _ in range(2)] == [True, False]
    assert [move(prepared, "finished") for _ in range(2)] == [True, False]
    assert not move(prepared, "running"), "a slow second lister comes too late"
    assert not move(prepared, "failed")
    assert (get(prepared).status, get(prepared).problem) == ("finished", None)
    assert get(prepared).finished_at is not None


def test_batches_are_listed_for_their_workspace_and_open_ones_for_the_loop(prepared: Database) -> None:
    assert move(prepared, "failed")
    assert get(prepared).problem == {"t": 1}
    with prepared.read() as connection:
        assert batches.get_batch(connection, "bat_1", workspace_id="ws_2") is None
        assert [batch.id for batch in batches.open_batches(connection)] == ["bat_2"]
        first = batches.list_batches(connection, "ws_1", limit=1)
        rest = batches.list_batches(connection, "ws_1", after=(first[0].created_at, first[0].id))
        assert {batch.id for batch in (*first, *rest)} == {"bat_1", "bat_2"}
        assert batches.list_batches(connection, "ws_2") == []


def test_files_are_counted_paged_and_settled_by_their_jobs(prepared: Database) -> None:
    with prepared.write() as connection:
        assert batches.add_batch_files(connection, "bat_1", []) == 0
        assert batches.add_batch_files(connection, "bat_1", [(f"{n}.txt", n) for n in range(4)]) == 4
        batches.set_batch_file(connection, "bat_1", 1, status="working", document_id="doc_1", job_id="job_1")
        batches.set_batch_file(connection, "bat_1", 2, status="unchanged", document_id="doc_1", job_id="job_1")
        batches.set_batch_file(connection, "bat_1", 3, status="refused", problem={"type": "x"})
        assert batches.count_batch_files(connection, "bat_1") == {
            "pending": 1,
            "working": 1,
            "unchanged": 1,
            "refused": 1,
        }
        assert batches.is_job_of_other(connection, "bat_1", 1, "job_1")
        assert not batches.is_job_of_other(connection, "bat_1", 1, "job_2")
        assert not batches.is_job_of_other(connection, "bat_2", 1, "job_1")
        batches.settle_batch_job(connection, "job_1", status="partial", problem=None)
        pages = [batches.list_batch_files(connection, "bat_1", after=after, limit=2) for after in (0, 2, 4)]
        (refused,) = batches.list_batch_files(connection, "bat_1", statuses=["refused"])
    assert [[(f.path, f.status) for f in page] for page in pages] == [
        [("0.txt", "partial"), ("1.txt", "unchanged")],
        [("2.txt", "refused"), ("3.txt", "pending")],
        [],
    ]
    assert refused.problem == {"type": "x"}


def note(database: Database, path: str = "/in/a", *, size: int = 1, owned: bool = True) -> None:
    with database.write() as connection:
        batches.note_source(
            connection,
            workspace_id="ws_1",
            path=path,
            size=size,
            modified_ns=2**62,
            sha256="0" * 64,
            document_id="doc_1",
            job_id="job_1",
            owned=owned,
        )


def test_a_file_is_remembered_as_it_was_last_even_by_two_processes_at_once(prepared: Database) -> None:
    threads = [threading.Thread(target=note, args=(prepared,), kwargs={"size": n}) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    note(prepared, "/in/copy", owned=False)
    note(prepared, size=99, owned=False)
    with prepared.write() as connection:
        seen = batches.find_source(connection, "ws_1", "/in/a")
        assert seen is not None
        assert (seen.size, seen.modified_ns, seen.owned) == (99, 2**62, True)
        copy = batches.find_source(connection, "ws_1", "/in/copy")
        assert copy is not None
        assert not copy.owned
        assert batches.find_source(connection, "ws_2", "/in/a") is None
        batches.forget_sources(connection, "doc_1")
        assert batches.find_source(connection, "ws_1", "/in/a") is None
