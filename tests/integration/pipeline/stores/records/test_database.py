"""Transactions, migrations and the database's clock."""

import importlib
import pkgutil
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from pipeline.errors import DatabaseUnavailable, SettingsError, StorageFull
from pipeline.stores import records
from pipeline.stores.records import workspaces
from pipeline.stores.records.database import Database
from pipeline.stores.records.tables import current_time, metadata
from tests.support.rows import add_workspace


def test_migrations_make_exactly_the_declared_tables(database: Database) -> None:
    for module in pkgutil.iter_modules(records.__path__, f"{records.__name__}."):
        importlib.import_module(module.name)  # some declare tables of their own
    with database.read() as connection:
        present = set(inspect(connection).get_table_names()) - {"alembic_version"}
        columns = {t: {c["name"] for c in inspect(connection).get_columns(t)} for t in present}
    assert present == set(metadata.tables)
    assert columns == {name: set(table.c.keys()) for name, table in metadata.tables.items()}


def test_migrating_twice_changes_nothing(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
    database.migrate()
    with database.read() as connection:
        assert workspaces.find_workspace(connection, "ws_1") is not None


def test_a_block_that_raises_leaves_nothing_behind(database: Database) -> None:
    def interrupted() -> None:
        with database.write() as connection:
            add_workspace(connection)
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        interrupted()
    with database.read() as connection:
        assert workspaces.find_workspace(connection, "ws_1") is None


def test_the_clock_is_the_databases_and_close_to_now(database: Database) -> None:
    with database.read() as connection:
        assert abs(current_time(connection) - time.time()) < 5.0


def test_many_threads_write_without_a_lost_or_refused_transaction(database: Database) -> None:
    def work(thread: int) -> None:
        for number in range(10):
            with database.write() as connection:
                add_workspace(connection, f"ws_{thread}_{number}")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM workspaces")).scalar() == 80


def test_two_processes_worth_of_sqlite_writers_wait_for_each_other(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    one, two = Database(url), Database(url)
    one.migrate()
    held = threading.Event()

    def hold() -> None:
        with one.write() as connection:
            add_workspace(connection, "ws_1")
            held.set()
            time.sleep(0.3)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    with two.write() as connection:
        assert workspaces.find_workspace(connection, "ws_1") is not None
    thread.join()
    one.close()
    two.close()


def test_durable_transactions_wait_for_the_disk(sqlite_database: Database) -> None:
    with sqlite_database.write(durable=True) as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
    with sqlite_database.write() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 1
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


@pytest.mark.parametrize("url", ["not a url", "mysql://host/db"])
def test_other_databases_are_refused_naming_the_key(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Database(url)
    assert caught.value.facts["keys"] == ["database_url"]


def test_a_database_that_is_away_is_said_so() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable), database.write() as connection:
        connection.execute(text("SELECT 1"))


def test_whoever_starts_a_service_reads_which_database_is_away_and_not_its_password() -> None:
    database = Database("postgresql+psycopg://somebody:secret@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable) as caught:
        database.migrate()
    assert "somebody:***@127.0.0.1:1/none" in caught.value.message
    assert "refused" in caught.value.message
    assert "secret" not in caught.value.message


def test_a_folder_that_cannot_be_made_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="is no folder that can be made: File exists"):
        Database(f"sqlite:///{tmp_path / 'file' / 'sheaf.db'}")


def test_a_full_disk_is_told_by_its_code(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'small.db'}")
    database.migrate()

    def fill() -> None:
        with database.write() as connection:
            pages = connection.execute(text("PRAGMA page_count")).scalar()
            connection.execute(text(f"PRAGMA max_page_count = {pages}"))
            add_workspace(connection, "ws_" + "x" * 100_000)

    with pytest.raises(StorageFull):
        fill()
    with database.write() as connection:
        connection.execute(text("PRAGMA max_page_count = 1000000"))
        add_workspace(connection, "ws_1")
    database.close()


def test_tables_of_a_newer_version_are_left_alone_and_said_to_be(database: Database) -> None:
    with database.write() as connection:
        known = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingsError, match="newer version"):
        database.migrate()
    with database.write() as connection:  # PostgreSQL's is shared with other tests
        connection.execute(text("UPDATE alembic_version SET version_num = :known"), {"known": known})
    database.migrate()


def test_what_pythons_own_module_refuses_is_told_as_it_is(database: Database) -> None:
    """Its errors have no code of SQLite's."""
    with pytest.raises(DBAPIError), database.read() as connection:
        connection.exec_driver_sql("SELECT 1", ("one too many",))


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "sheaf.db").write_bytes(b"anything but a database " * 100)
    with (
        closing(Database(f"sqlite:///{tmp_path / 'sheaf.db'}")) as database,
        pytest.raises(DatabaseUnavailable, match="file is not a database"),
    ):
        database.migrate()


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///:memory:", "postgresql+nodriver://h/db", "sqlite:////a\0b", "postgresql://a:\udcff@h/d"],
)
def test_a_database_that_processes_could_not_share_or_drive_names_its_key(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^database_url: "):
        Database(url)


def test_an_option_that_the_driver_does_not_know_names_the_setting() -> None:
    with (
        closing(Database("postgresql+psycopg://127.0.0.1:1/db?nosuch=1")) as database,
        pytest.raises(SettingsError, match=r"^database_url: invalid connection option .nosuch"),
    ):
        database.migrate()
