"""What got lost on the way is picked up by the sweeper, on both brokers."""

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection

from pipeline.jobs.claims import claim
from pipeline.jobs.leases import LeaseKeeper
from pipeline.services import Services
from pipeline.settings import MemoryDoorbell, RedisDoorbell
from pipeline.stores.records import documents, jobs, stages
from pipeline.stores.records.database import Database
from tests.support.services import handlers, make_services, submit
from workers.celery_app import CeleryDoorbell, CeleryWorker, QueueSlots, make_app
from workers.drain import Drain
from workers.sweeper import Sweeper


def until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def statuses(services: Services) -> list[str]:
    with services.database.read() as connection:
        return [job.status for job in jobs.list_jobs(connection, "ws_1")]


@pytest.mark.parametrize("kind", ["memory", "redis"])
def test_lost_rings_and_lost_workers_are_made_good(
    kind: str, sqlite_database: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    broker = MemoryDoorbell()
    if kind == "redis":
        broker = RedisDoorbell(url=SecretStr(request.getfixturevalue("redis_url")))  # type: ignore[assignment]  # either
    quiet = make_services(sqlite_database, tmp_path, jobs={"sweep_seconds": 0.05})
    for number in range(3):
        submit(quiet, f"words {number}".encode())  # the doorbell here only takes notes: every ring is lost
    lost = claim(quiet, "read", "a worker that was killed")
    assert lost is not None
    with sqlite_database.write() as connection:
        stages.expire_all(connection)
    app, slots = make_app(broker), QueueSlots({"read": 1, "infer": 1, "index": 1, "deliver": 1})
    services = replace(quiet, doorbell=CeleryDoorbell(app, slots if kind == "memory" else None))
    keeper = LeaseKeeper(sqlite_database, lease_seconds=60)
    worker = CeleryWorker(app, slots, Drain(services, keeper, "test", handlers()))
    sweeper = Sweeper(services)
    worker.start()
    time.sleep(0.1)
    assert "running" in statuses(services)
    sweeper.start()
    try:
        assert until(lambda: statuses(services) == ["succeeded"] * 3)
    finally:
        sweeper.close()
        worker.close(10)


class Faltering(Database):
    """Fails its first reads in ways that it should not."""

    faults = 3

    @contextmanager
    def read(self) -> Iterator[Connection]:
        if self.faults > 0:
            self.faults -= 1
            raise ValueError("nobody has thought of this")
        with super().read() as connection:
            yield connection


def test_a_sweeper_goes_on_whatever_went_wrong_and_ends_when_told(sqlite_database: Database, tmp_path: Path) -> None:
    services = make_services(sqlite_database, tmp_path, jobs={"sweep_seconds": 0.01})
    submit(services)
    services.doorbell.rings.clear()  # type: ignore[attr-defined]  # the noting doorbell
    faltering = Faltering(str(sqlite_database.url))
    sweeper = Sweeper(replace(services, database=faltering))
    sweeper.start()
    assert until(lambda: bool(services.doorbell.rings))  # type: ignore[attr-defined]  # the noting doorbell
    sweeper.close()
    assert faltering.faults == 0
    assert "sheaf-sweeper" not in {thread.name for thread in threading.enumerate()}
    faltering.close()


def test_tidying_that_has_more_to_do_goes_on_at_the_next_round_and_each_sweep_is_seen(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeper = Sweeper(make_services(sqlite_database, tmp_path, jobs={"sweep_seconds": 0.01}))
    before, seen, more = sweeper.seen, [], [True, True, False]

    def tidy(_: Services) -> bool:
        seen.append(sweeper.seen)
        return more.pop(0)

    monkeypatch.setattr("workers.sweeper.tidy", tidy)
    sweeper.start()
    assert until(lambda: not more)
    time.sleep(0.1)
    sweeper.close()
    assert len(seen) == 3, "and then it pauses"
    assert before < seen[0] < seen[1] < seen[2]


def test_a_sweeper_that_was_never_started_can_be_closed(sqlite_database: Database, tmp_path: Path) -> None:
    Sweeper(make_services(sqlite_database, tmp_path)).close()


def test_deleted_documents_are_removed_although_every_round_fails(sqlite_database: Database, tmp_path: Path) -> None:
    class Broken(Database):
        """Cannot reopen stages, whatever is tried."""

        @contextmanager
        def read(self) -> Iterator[Connection]:
            if "reopen_lost" in {frame.name for frame in traceback.extract_stack()}:
                raise ValueError("nobody has thought of this")
            with super().read() as connection:
                yield connection

    services = make_services(sqlite_database, tmp_path, jobs={"sweep_seconds": 0.01})
    document_id = submit(services).document_id
    with sqlite_database.write() as connection:
        documents.mark_deleted(connection, document_id)
    broken = Broken(str(sqlite_database.url))
    sweeper = Sweeper(replace(services, database=broken))
    sweeper.start()

    def removed() -> bool:
        with sqlite_database.read() as connection:
            return not documents.deleted_documents(connection)

    assert until(removed)
    sweeper.close()
    broken.close()
