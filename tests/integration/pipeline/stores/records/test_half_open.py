"""PostgreSQL behind a network that falls silent: nobody waits for ever, neither we nor those who want our locks."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from bench.faults.proxy import Network, Proxy
from bench.servers import Postgres
from pipeline.errors import DatabaseUnavailable
from pipeline.stores.records import postgres
from pipeline.stores.records.database import Database
from pipeline.stores.records.tables import current_time
from tests.support.waiting import until


@pytest.fixture
def network() -> Iterator[Network]:
    made = Network()
    yield made
    made.close()


@pytest.fixture
def proxy(network: Network, postgres_url: str) -> Proxy:
    return Proxy(network, int(postgres_url.rpartition(":")[2].partition("/")[0]))


@pytest.fixture
def database(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(postgres, "ANSWER_SECONDS", 2.0)
    monkeypatch.setattr(postgres, "STATEMENT_SECONDS", 1)
    monkeypatch.setattr(postgres, "IDLE_SECONDS", 2)
    made = Database(Postgres.url_at(proxy.port))
    yield made
    made.close()


def _write(database: Database, during: Callable[[], None] = lambda: None) -> None:
    """A transaction that holds a lock, in which something happens."""
    with database.write() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(77)"))
        during()
        current_time(connection)


def _written(database: Database) -> bool:
    """Whether a transaction gets the lock, or has waited for it for as long as a statement may."""
    try:
        _write(database)
    except DatabaseUnavailable:
        return False
    return True


def test_a_connection_that_falls_silent_is_given_up_and_the_next_one_works(database: Database, proxy: Proxy) -> None:
    with database.read() as connection:
        current_time(connection)
    proxy.half_open()
    started = time.monotonic()
    with database.read() as connection:  # what lay in the pool is asked first, and replaced
        current_time(connection)
    assert time.monotonic() - started < 60
    with pytest.raises(DatabaseUnavailable):
        _write(database, during=proxy.half_open)
    until(lambda: _written(database))


def test_locks_of_a_client_that_fell_silent_are_let_go_of(database: Database, proxy: Proxy) -> None:
    silent, done = threading.Event(), threading.Event()

    def fall_silent() -> None:
        proxy.half_open()
        silent.set()
        done.wait(120)

    def hold() -> None:
        with contextlib.suppress(DatabaseUnavailable):
            _write(database, during=fall_silent)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert silent.wait(60)
        until(lambda: _written(database))
    finally:
        done.set()
        thread.join(60)


def test_a_statement_that_takes_too_long_is_ended_and_a_migration_is_not(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable), database.read() as connection:
        connection.execute(text("SELECT pg_sleep(10)"))
    with database.write() as connection:
        database.take_time(connection)
        connection.execute(text("SELECT pg_sleep(2.5)"))
    with pytest.raises(DatabaseUnavailable), database.read() as connection:
        connection.execute(text("SELECT pg_sleep(10)"))
