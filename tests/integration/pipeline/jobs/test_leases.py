"""Leases: kept while they are renewed, and ended by whoever may end them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from pipeline.errors import DatabaseUnavailable, LeaseLost, WorkReleased
from pipeline.jobs.cancel import cancel
from pipeline.jobs.claims import claim
from pipeline.jobs.leases import Lease, LeaseKeeper
from pipeline.services import Services
from pipeline.stores.records import stages
from pipeline.stores.records.database import Database
from pipeline.stores.records.stages import StageRecord
from tests.support.services import WORKSPACE, make_services, submit


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    return make_services(database, tmp_path)


def claimed(services: Services) -> StageRecord:
    submit(services)
    found = claim(services, "read", "test")
    assert found is not None
    return found.stage


def stored(services: Services, stage: StageRecord) -> StageRecord:
    with services.database.read() as connection:
        return next(one for one in stages.list_stages(connection, stage.job_id) if one.name == stage.name)


def until(condition: object, seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]  # a function
            return True
        time.sleep(0.02)
    return False


def test_a_lease_is_renewed_with_the_last_progress_while_the_work_goes_on(services: Services) -> None:
    stage = claimed(services)
    keeper = LeaseKeeper(services.database, lease_seconds=60)
    with keeper.keep(stage) as lease:
        lease.report(0.25)
        lease.report(0.5)
        keeper.renew_all()
        kept = stored(services, stage)
    assert kept.progress == 0.5
    assert kept.lease_until is not None
    assert stage.lease_until is not None
    assert kept.lease_until > stage.lease_until
    keeper.renew_all()
    assert stored(services, stage).lease_until == kept.lease_until, "what is not worked on is not renewed"


@pytest.mark.parametrize(("share", "told"), [(-1.0, 0.0), (0.3, 0.3), (7.0, 1.0)])
def test_progress_stays_between_nothing_and_all(services: Services, share: float, told: float) -> None:
    lease = Lease(claimed(services))
    lease.report(share)
    assert lease.progress == told


def test_a_job_that_was_cancelled_stops_the_work(services: Services) -> None:
    stage = claimed(services)
    keeper = LeaseKeeper(services.database, lease_seconds=60)
    with keeper.keep(stage) as lease:
        assert not lease.stopped()
        cancel(services, stage.job_id, workspace_id=WORKSPACE, actor="test")
        keeper.renew_all()
        assert lease.stopped()


def test_a_stage_that_somebody_else_has_is_lost(services: Services) -> None:
    stage = claimed(services)
    keeper = LeaseKeeper(services.database, lease_seconds=60)
    with keeper.keep(stage) as lease:
        with services.database.write() as connection:
            stages.reopen_stages(connection, stage.job_id, ready=("read",), waiting=())
        keeper.renew_all()
        with pytest.raises(LeaseLost):
            lease.stopped()


def test_a_process_that_ends_gives_back_what_it_has_and_what_it_still_gets(services: Services) -> None:
    stage = claimed(services)
    keeper = LeaseKeeper(services.database, lease_seconds=60)
    with keeper.keep(stage) as lease:
        keeper.release_all()
        with pytest.raises(WorkReleased):
            lease.stopped()
    with keeper.keep(stage) as later, pytest.raises(WorkReleased):
        later.stopped()


def test_waiting_for_idleness_ends_with_the_last_work_or_its_time(services: Services) -> None:
    stage = claimed(services)
    keeper = LeaseKeeper(services.database, lease_seconds=60)
    assert keeper.wait_idle(0)
    done = threading.Event()

    def work() -> None:
        with keeper.keep(stage):
            done.wait(120)

    working = threading.Thread(target=work)
    working.start()
    assert until(lambda: not keeper.wait_idle(0))
    began = time.monotonic()
    assert not keeper.wait_idle(0.2)
    assert time.monotonic() - began >= 0.2
    done.set()
    assert keeper.wait_idle(60)
    working.join()


def test_renewing_goes_on_after_the_database_was_away(
    sqlite_database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Away(Database):
        faults: list[Exception] = [DatabaseUnavailable("away"), ValueError("nobody thought of this")]  # noqa: RUF012

        @contextmanager
        def write(self, *, durable: bool = False) -> Iterator[Connection]:
            if self.faults:
                raise self.faults.pop()
            with super().write(durable=durable) as connection:
                yield connection

    services = make_services(sqlite_database, tmp_path)
    stage = claimed(services)
    away = Away(str(sqlite_database.url))
    keeper = LeaseKeeper(away, lease_seconds=0.3)
    keeper.start()
    with keeper.keep(stage) as lease:
        lease.report(0.75)
        assert until(lambda: stored(services, stage).progress == 0.75)
    keeper.close()
    away.close()
    assert caplog.text.count("leases not renewed") == 2
    assert "sheaf-leases" not in {thread.name for thread in threading.enumerate()}


def test_a_keeper_that_was_never_started_can_be_closed(services: Services) -> None:
    LeaseKeeper(services.database, lease_seconds=60).close()
