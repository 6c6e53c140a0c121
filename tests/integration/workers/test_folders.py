"""The loops over folders run side by side, and end when told."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from pipeline.jobs.batches import create_batch
from pipeline.services import Services
from pipeline.stores.records import batches, documents
from pipeline.stores.records.database import Database
from schemas.batches import BatchRequest
from tests.support.services import WORKSPACE, make_services
from workers.folders import FolderLoop


def until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def services(sqlite_database: Database, tmp_path: Path) -> Services:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "watched").mkdir()
    watch = [
        {"path": tmp_path / "missing", "poll_seconds": 0.01},
        {"path": tmp_path / "watched", "poll_seconds": 0.01, "stable_seconds": 0},
    ]
    return make_services(
        sqlite_database, tmp_path / "data", watch=watch, batches={"roots": {"inbox": tmp_path / "inbox"}}
    )


def names(services: Services) -> set[str]:
    with services.database.read() as connection:
        return {document.name for document in documents.list_documents(connection, WORKSPACE, after=None, limit=100)}


def test_batches_and_watched_folders_are_worked_on_until_the_loops_are_closed(
    services: Services, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    loops = FolderLoop(services, WORKSPACE)
    loops.start()
    (tmp_path / "watched" / "dropped.txt").write_text("words that were dropped here")
    (tmp_path / "inbox" / "batched.txt").write_text("words of a batch")
    create_batch(services, BatchRequest(source="inbox"), workspace_id=WORKSPACE, actor="test")
    assert until(lambda: names(services) == {"dropped.txt", "batched.txt"})
    loops.close()
    assert not {"sheaf-batches", "sheaf-watch"} & {thread.name for thread in threading.enumerate()}
    (tmp_path / "watched" / "late.txt").write_text("too late")
    assert names(services) == {"dropped.txt", "batched.txt"}
    assert str(tmp_path / "missing") in caplog.text, "a folder that is not there is named"


class Faltering(Database):
    """Fails its first reads in ways that it should not."""

    faults = 5

    @contextmanager
    def read(self) -> Iterator[Connection]:
        if self.faults > 0:
            self.faults -= 1
            raise ValueError("nobody has thought of this")
        with super().read() as connection:
            yield connection


def test_no_error_ends_the_loops_for_good(services: Services, tmp_path: Path) -> None:
    (tmp_path / "inbox" / "batched.txt").write_text("words of a batch")
    (tmp_path / "watched" / "dropped.txt").write_text("words that were dropped here")
    batch_id = create_batch(services, BatchRequest(source="inbox"), workspace_id=WORKSPACE, actor="test")
    faltering = Faltering(str(services.database.url))
    loops = FolderLoop(replace(services, database=faltering), WORKSPACE)
    loops.start()
    assert until(lambda: names(services) == {"dropped.txt", "batched.txt"})
    loops.close()
    with services.database.read() as connection:
        batch = batches.get_batch(connection, batch_id)
    assert batch is not None
    assert batch.status == "running"
    faltering.close()


def test_loops_that_were_never_started_can_be_closed(services: Services) -> None:
    FolderLoop(services, WORKSPACE).close()


def test_a_folder_that_is_away_is_told_once_and_again_when_it_is_back(
    services: Services, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="sheaf.workers")
    loops = FolderLoop(services, WORKSPACE)
    loops.start()
    try:
        assert until(lambda: "missing not read" in caplog.text)
        time.sleep(0.2)  # some twenty looks
        assert caplog.text.count("missing not read") == 1
        (tmp_path / "missing").mkdir()
        assert until(lambda: "missing read again" in caplog.text)
    finally:
        loops.close()
