"""A watched folder: files are taken once they have stood still, and again only when they have changed."""

import logging
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import StorageFull
from pipeline.jobs.deletion import delete_document
from pipeline.jobs.watching import Watcher
from pipeline.services import Services
from pipeline.settings import WatchFolder
from pipeline.stores.folder import FolderBlobs
from pipeline.stores.records import documents, jobs
from pipeline.stores.records.database import Database
from pipeline.stores.records.documents import DocumentRecord
from pipeline.stores.records.jobs import JobRecord
from tests.support.services import WORKSPACE, make_services


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "watched"
    made.mkdir()
    return made


@pytest.fixture
def services(sqlite_database: Database, tmp_path: Path) -> Services:
    return make_services(sqlite_database, tmp_path / "data")


def watcher(services: Services, folder: Path, clock: Clock, **options: object) -> Watcher:
    return Watcher(services, WatchFolder(path=folder, **options), WORKSPACE, clock)  # type: ignore[arg-type]  # as given


def later(clock: Clock, seconds: float = 5.0) -> None:
    clock.now += seconds


def all_documents(services: Services) -> list[DocumentRecord]:
    with services.database.read() as connection:
        return documents.list_documents(connection, WORKSPACE, after=None, limit=100)


def all_jobs(services: Services) -> list[JobRecord]:
    with services.database.read() as connection:
        return jobs.list_jobs(connection, WORKSPACE)


def test_a_file_is_taken_once_it_has_stood_still(services: Services, folder: Path, clock: Clock) -> None:
    watch = watcher(services, folder, clock, collection="mail")
    (folder / "a.txt").write_text("half of")
    assert watch.look() == 0
    later(clock, 4.9)
    assert watch.look() == 0
    (folder / "a.txt").write_text("half of it and the rest")
    later(clock)
    assert watch.look() == 0, "it has just changed"
    later(clock)
    assert watch.look() == 1
    later(clock, 3600)
    assert watch.look() == 0
    (document,) = all_documents(services)
    assert (document.name, document.size, document.collection) == ("a.txt", 23, "mail")
    assert [job.tasks for job in all_jobs(services)] == [["summarize", "index"]]


def test_without_a_delay_it_is_taken_at_the_first_look(services: Services, folder: Path, clock: Clock) -> None:
    (folder / "a.txt").write_text("words")
    assert watcher(services, folder, clock, stable_seconds=0).look() == 1


def test_a_changed_file_is_the_next_revision(services: Services, folder: Path, clock: Clock) -> None:
    watch = watcher(services, folder, clock, stable_seconds=0)
    (folder / "a.txt").write_text("first words")
    assert watch.look() == 1
    (folder / "a.txt").write_text("second words")
    assert watch.look() == 1
    (document,) = all_documents(services)
    assert (document.revision, len(all_jobs(services))) == (2, 2)


def test_the_next_process_takes_nothing_again(services: Services, folder: Path, clock: Clock) -> None:
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(f"words of {name}")
    assert watcher(services, folder, clock, stable_seconds=0).look() == 2
    (folder / "b.txt").write_text("changed while nobody looked")
    assert watcher(services, folder, clock, stable_seconds=0).look() == 1
    assert sorted((d.name, d.revision) for d in all_documents(services)) == [("a.txt", 1), ("b.txt", 2)]


def test_a_deleted_documents_file_is_taken_again_by_the_next_process_only(
    services: Services, folder: Path, clock: Clock
) -> None:
    (folder / "a.txt").write_text("words")
    watch = watcher(services, folder, clock, stable_seconds=0)
    assert watch.look() == 1
    delete_document(services, all_documents(services)[0].id, workspace_id=WORKSPACE, actor="test")
    assert watch.look() == 0
    assert all_documents(services) == []
    assert watcher(services, folder, clock, stable_seconds=0).look() == 1


def test_a_touched_file_with_the_same_bytes_is_not_worked_on_again(
    services: Services, folder: Path, clock: Clock
) -> None:
    watch = watcher(services, folder, clock, stable_seconds=0)
    (folder / "a.txt").write_text("words")
    assert watch.look() == 1
    os.utime(folder / "a.txt", (1, 1))
    assert watch.look() == 0
    assert len(all_jobs(services)) == 1


def test_a_file_that_went_away_and_came_back_stands_still_anew(services: Services, folder: Path, clock: Clock) -> None:
    watch = watcher(services, folder, clock)
    (folder / "a.txt").write_text("words")
    watch.look()
    (folder / "a.txt").rename(folder.parent / "a.txt")
    later(clock)
    assert watch.look() == 0
    (folder.parent / "a.txt").rename(folder / "a.txt")
    assert watch.look() == 0
    later(clock)
    assert watch.look() == 1


def test_what_does_not_fit_or_is_ignored_is_left_alone(services: Services, folder: Path, clock: Clock) -> None:
    for name in ("a.txt", "b.log", ".hidden.txt", "sub/c.txt", "half.txt.part"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"words of {name}")
    watch = watcher(services, folder, clock, stable_seconds=0, pattern="*.txt", ignore=[".*"])
    assert watch.look() == 1
    assert [d.name for d in all_documents(services)] == ["a.txt"]


def test_a_schema_is_used_and_without_one_nothing_is_extracted(services: Services, folder: Path, clock: Clock) -> None:
    (folder / "a.txt").write_text("Invoice number: 7")
    assert watcher(services, folder, clock, stable_seconds=0, schema_name="invoice", tasks=["extract"]).look() == 1
    (job,) = all_jobs(services)
    assert (job.schema_name, job.schema_version, job.tasks) == ("invoice", 1, ["extract"])


def test_a_refused_file_is_named_once_and_again_when_it_has_changed(
    services: Services, folder: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    watch = watcher(services, folder, clock, stable_seconds=0)
    (folder / "empty.txt").write_text("")
    (folder / "good.txt").write_text("words")
    with caplog.at_level(logging.WARNING, "sheaf.watch"):
        assert [watch.look() for _ in range(3)] == [1, 0, 0]
    assert [record.message for record in caplog.records] == ["empty.txt refused: The file is empty."]
    (folder / "empty.txt").write_text("no longer empty")
    assert watch.look() == 1


class Filling(FolderBlobs):
    full = True
    error: Exception = StorageFull()

    def put(self, key: str, chunks: Iterable[bytes], *, use_reserve: bool = False) -> int:
        if self.full:
            raise self.error
        return super().put(key, chunks, use_reserve=use_reserve)


def test_a_store_that_is_away_is_waited_for(services: Services, folder: Path, clock: Clock, tmp_path: Path) -> None:
    blobs = Filling(tmp_path / "blobs")
    watch = watcher(replace(services, blobs=blobs), folder, clock, stable_seconds=0)
    (folder / "a.txt").write_text("words")
    for _ in range(2):
        with pytest.raises(StorageFull):
            watch.look()
    blobs.full = False
    later(clock)
    assert watch.look() == 1


class Picky(Filling):
    """Has no room for what begins with `big`."""

    def put(self, key: str, chunks: Iterable[bytes], *, use_reserve: bool = False) -> int:
        data = b"".join(chunks)
        self.full = data.startswith(b"big")
        return super().put(key, [data], use_reserve=use_reserve)


def test_a_file_there_is_no_room_for_holds_up_no_smaller_one(
    services: Services, folder: Path, clock: Clock, tmp_path: Path
) -> None:
    watch = watcher(replace(services, blobs=Picky(tmp_path / "blobs")), folder, clock, stable_seconds=0)
    (folder / "a.txt").write_text("big words")
    (folder / "b.txt").write_text("small words")
    with pytest.raises(StorageFull):
        watch.look()
    assert [document.name for document in all_documents(services)] == ["b.txt"]


def test_a_file_that_fails_unexpectedly_holds_up_no_other_and_is_tried_again_later(
    services: Services, folder: Path, clock: Clock, tmp_path: Path
) -> None:
    blobs = Picky(tmp_path / "blobs")
    blobs.error = ValueError("nobody has thought of this")
    watch = watcher(replace(services, blobs=blobs), folder, clock, stable_seconds=0)
    (folder / "a.txt").write_text("big words")
    (folder / "b.txt").write_text("small words")
    assert watch.look() == 1
    blobs.put = lambda *_, **__: pytest.fail("tried again at once")  # type: ignore[method-assign]
    assert watch.look() == 0
    del blobs.put
    later(clock, 61)
    (folder / "c.txt").write_text("other words")
    assert watch.look() == 1, "still failing, and still not in the way"


def test_a_look_ends_when_the_service_does(services: Services, folder: Path, clock: Clock) -> None:
    for number in range(5):
        (folder / f"{number}.txt").write_text(f"words {number}")
    watch = watcher(services, folder, clock, stable_seconds=0)
    assert watch.look(lambda: len(all_jobs(services)) >= 2) == 2
    assert watch.look() == 3


def test_a_folder_that_is_away_is_an_error_each_time_and_found_when_it_is_back(
    services: Services, folder: Path, clock: Clock
) -> None:
    watch = watcher(services, folder, clock, stable_seconds=0)
    assert watch.path == folder
    folder.rename(folder.parent / "elsewhere")
    with pytest.raises(FileNotFoundError):
        watch.look()
    (folder.parent / "elsewhere").rename(folder)
    (folder / "a.txt").write_text("words")
    assert watch.look() == 1
