"""Working on a queue until it is empty, whatever goes wrong."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from pipeline.jobs.handlers.work import Work
from pipeline.jobs.leases import LeaseKeeper
from pipeline.jobs.sweep import reopen_lost
from pipeline.services import Services
from pipeline.stores.records import jobs, outbox, stages
from pipeline.stores.records.database import Database
from tests.support.losing import LosingDatabase
from tests.support.receiver import receiver
from tests.support.rows import count_claimable
from tests.support.services import SUMMARY, Scripted, handlers, make_services, submit
from workers.drain import Drain
from workers.gpu.gate import Gate


@pytest.fixture
def services(sqlite_database: Database, tmp_path: Path) -> Services:
    return make_services(sqlite_database, tmp_path)


def drain(services: Services, **replaced: Scripted) -> Drain:
    keeper = LeaseKeeper(services.database, lease_seconds=60)
    return Drain(services, keeper, "test", handlers(**replaced))


def statuses(services: Services) -> list[str]:
    with services.database.read() as connection:
        return [job.status for job in jobs.list_jobs(connection, "ws_1")]


def test_a_queue_is_worked_on_until_it_is_empty_and_no_other(services: Services) -> None:
    for number in range(3):
        submit(services, f"words {number}".encode())
    work = drain(services)
    work("index")
    assert statuses(services) == ["queued"] * 3
    work("read")
    with services.database.read() as connection:
        assert count_claimable(connection, "read") == 0
        assert count_claimable(connection, "index") == 3
    for queue in ("infer", "index", "deliver"):
        work(queue)  # type: ignore[arg-type]  # one of the queues
    assert statuses(services) == ["succeeded"] * 3


def test_webhooks_are_sent_from_the_queue_that_ends_jobs(sqlite_database: Database, tmp_path: Path) -> None:
    with receiver() as inbox:
        services = make_services(sqlite_database, tmp_path, webhooks={"allow": [f"127.0.0.1/32:{inbox.port}"]})
        submit(services, webhook_url=inbox.url)
        work = drain(services)
        for queue in ("read", "infer", "index", "deliver"):
            work(queue)  # type: ignore[arg-type]  # one of the queues
        ((_, body),) = inbox.received
    assert json.loads(body)["type"] == "job.succeeded"


def test_a_stopped_drain_claims_nothing_more(services: Services) -> None:
    submit(services)
    submit(services, b"other words")
    work = drain(services, read=Scripted(during=lambda _: work.stop(), facts={"pages_total": 1, "pages_failed": []}))
    work("read")
    with services.database.read() as connection:
        assert count_claimable(connection, "read") == 1
    work("read")
    with services.database.read() as connection:
        assert count_claimable(connection, "read") == 1


def test_what_is_given_back_at_a_stop_counts_as_no_failure_and_is_rung_for_again(services: Services) -> None:
    accepted = submit(services)
    keeper = LeaseKeeper(services.database, lease_seconds=60)
    running = threading.Event()

    def work_on(work: Work) -> None:
        running.set()
        while not work.cancelled():
            time.sleep(0.005)

    work = Drain(services, keeper, "test", handlers(read=Scripted(during=work_on)))
    thread = threading.Thread(target=work, args=("read",))
    thread.start()
    assert running.wait(60)
    assert not keeper.wait_idle(0.05)
    work.stop()
    keeper.release_all()
    thread.join(60)
    assert keeper.wait_idle(0)
    with services.database.read() as connection:
        found = {stage.name: stage for stage in stages.list_stages(connection, accepted.job_id)}
        assert outbox.due_queues(connection) == ["read"]
    assert (found["read"].status, found["read"].failures) == ("ready", 0)
    drain(services)("read")
    assert statuses(services) == ["running"]


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("at", [1, 2])
def test_a_database_that_goes_away_ends_the_round_and_the_next_one_goes_on(
    sqlite_database: Database, tmp_path: Path, at: int, committed: bool
) -> None:
    """While claiming, or while settling; what was claimed comes back when its lease runs out."""
    losing = LosingDatabase(str(sqlite_database.url), committed=committed)
    services = make_services(losing, tmp_path)
    submit(services)
    losing.left = at
    drain(services)("read")
    with losing.write() as connection:
        stages.expire_all(connection)
    reopen_lost(services)
    with losing.write() as connection:  # the waits between attempts are over
        connection.execute(stages.stages.update().values(run_after=0.0))
        connection.execute(outbox.outbox.update().values(due_at=0.0))
    for queue in ("read", "infer", "index", "deliver"):
        drain(services)(queue)  # type: ignore[arg-type]  # one of the queues
    assert statuses(services) == ["succeeded"]
    with losing.read() as connection:
        assert outbox.due_queues(connection) == []
    losing.close()


def test_a_gate_is_asked_before_each_claim_and_told_what_came_of_it(services: Services) -> None:
    for number in range(2):
        submit(services, f"words {number}".encode())
    healthy = [True]
    gate = Gate(lambda: healthy[0], lambda: None, max_waiting=0)
    inside: list[int] = []

    def during(_: Work) -> None:
        inside.append(gate.inside)
        healthy[0] = False  # the engine goes while the first stage is worked on

    keeper = LeaseKeeper(services.database, lease_seconds=60)
    work = Drain(services, keeper, "test", handlers(summarize=Scripted([SUMMARY], during=during)), gate)
    work("read")
    work("infer")
    assert (inside, gate.inside) == ([1], 0)
    with services.database.read() as connection:
        assert count_claimable(connection, "infer") == 1
    work("infer")
    assert inside == [1]
    healthy[0] = True
    work("infer")
    with services.database.read() as connection:
        assert count_claimable(connection, "infer") == 0


class Bursting(Database):
    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        raise ValueError("nobody has thought of this")
        yield


def test_an_error_nobody_has_thought_of_is_logged_and_does_not_come_out(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    bursting = Bursting(str(services.database.url))
    drain(replace(services, database=bursting))("read")
    assert "queue read left" in caplog.text
    assert "nobody has thought of this" in caplog.text
    bursting.close()
