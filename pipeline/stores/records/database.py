"""The database: transactions that read, transactions that write, and the migrations."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from pipeline.errors import DatabaseUnavailable, InvalidRequest, SettingsError, StorageFull
from pipeline.stores.records.binding import tell
from pipeline.stores.records.outage import Outage
from pipeline.stores.records.privileges import revoke

MIGRATION_LOCK = 0x5348454146
"""The advisory lock on PostgreSQL: any number that nobody else takes."""
MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
DISK_FULL = "53100"
"""PostgreSQL's name for it (its manual, appendix A)."""
NO_PRIVILEGE = "42501"
"""The same of what a role may not do."""
PRIMARY_CODE = 0xFF
"""The bits of an SQLite result code without its extension (sqlite.org/rescode.html)."""
PRAGMAS = (
    "journal_mode=WAL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    # Pages of 4 KiB: a log of 16 MiB is moved into the database four times as rarely as one of the default size, and a
    # page that was changed many times is moved once. Each move waits for the disk.
    "wal_autocheckpoint=4000",
    "cache_size=-16000",
    # What is deleted is overwritten in the file, not only forgotten.
    "secure_delete=ON",
)


class Database:
    """SQLite or PostgreSQL behind one URL.

    SQLite has one writer at a time. Inside this process writers queue on a lock, since SQLite's own waiting polls with
    growing sleeps; other processes meet its busy time-out.

    On PostgreSQL every transaction begins by saying whose rows it may see (`binding`).
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except Exception as error:
            raise SettingsError("database_url is not a database URL", keys=["database_url"]) from error
        self.sqlite = parsed.get_backend_name() == "sqlite"
        _check_characters(url, sqlite=self.sqlite)
        if not self.sqlite and parsed.get_backend_name() != "postgresql":
            raise SettingsError(
                f"database_url: {parsed.get_backend_name()} is not supported; use sqlite or postgresql",
                keys=["database_url"],
            )
        self.url = parsed
        if self.sqlite:
            if not parsed.database or parsed.database == ":memory:":
                message = "database_url: SQLite needs a file, as in sqlite:////var/lib/sheaf/sheaf.db"
                raise SettingsError(message, keys=["database_url"])
            _make_folder(Path(parsed.database).parent)
        self._reading = self._make_readers() if self.sqlite else self._make_postgres()
        self._writing = self._make_writer() if self.sqlite else self._reading
        self._writer = threading.Lock()
        self._outage = Outage()

    def _make_readers(self) -> Engine:
        engine = create_engine(self.url, pool_size=20, max_overflow=40, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin_reading)
        return engine

    def _make_writer(self) -> Engine:
        """One connection: its cache of pages stays good, where each of several would lose it to the others' writes."""
        engine = create_engine(self.url, pool_size=1, max_overflow=0, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin_writing)
        return engine

    def _make_postgres(self) -> Engine:
        from pipeline.stores.records.postgres import make_postgres  # its driver is an extra

        if self.url.drivername not in {"postgresql", "postgresql+psycopg"}:
            message = f"database_url: {self.url.drivername} is not supported; use postgresql+psycopg"
            raise SettingsError(message, keys=["database_url"])
        return make_postgres(self.url)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database.

        Raises:
            DatabaseUnavailable: the database does not answer.
        """
        with _translated(), self._outage.connect(self._reading.connect) as connection:
            if not self.sqlite:
                tell(connection)
            yield connection

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        """A transaction that is committed when the block ends and rolled back when it raises.

        `durable` makes SQLite wait for the disk; PostgreSQL always does.

        Raises:
            DatabaseUnavailable: the database does not answer.
            StorageFull: the disk is full.
            InvalidRequest: a value cannot be stored.
        """
        if not self.sqlite:
            with _translated(), self._outage.connect(self._writing.connect) as connection, connection.begin():
                tell(connection)
                yield connection
            return
        with self._writer, _translated(), self._writing.connect() as connection:
            connection.execution_options(durable=durable)
            with connection.begin():
                yield connection

    def migrate(self) -> None:
        """Bring the tables to this version's form; harmless when they are.

        Raises:
            DatabaseUnavailable: with the database's address in its message, which only whoever starts a service reads.
            SettingsError: they are not, and this role may not change them.
        """
        try:
            self._migrate()
        except ProgrammingError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state is None and not self.sqlite:  # the driver itself refused, before there was a server
                raise SettingsError(f"database_url: {error.orig}", keys=["database_url"]) from error
            if state != NO_PRIVILEGE:
                raise
            message = (
                f"database_url: the role {self.url.username} may not bring the tables to this version's form; "
                "run `sheaf migrate` with the URL of their owner first"
            )
            raise SettingsError(message, keys=["database_url"]) from error
        except DatabaseUnavailable as error:
            where = self.url.render_as_string(hide_password=True)
            raise DatabaseUnavailable(f"the database at {where} does not answer: {_said(error)}") from error

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.write() as connection:
            if not self.sqlite:
                # Several processes may start at once; on SQLite each writer is alone anyway.
                self.take_time(connection)
                connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:  # a revision that this version does not know
                message = "database_url: the tables are of a newer version of Sheaf than this one"
                raise SettingsError(message, keys=["database_url"]) from error
            revoke(connection)

    def take_time(self, connection: Connection) -> None:
        """Let the statements of this transaction take longer than those of every day may on PostgreSQL."""
        if not self.sqlite:
            from pipeline.stores.records.postgres import take_time

            take_time(connection)

    def checkpoint(self) -> bool:
        """Empty SQLite's log, where pages lie as they were before a deletion; `False` while somebody reads in it.

        PostgreSQL does the like by itself (autovacuum, recycled segments of its log).
        """
        if not self.sqlite:
            return True
        with self._writer, _translated():
            connection = self._writing.raw_connection()
            try:
                busy, _, _ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.close()
        return not busy

    def close(self) -> None:
        """Let go of all connections."""
        self._reading.dispose()
        self._writing.dispose()


def _check_characters(url: str, *, sqlite: bool) -> None:
    """Bytes of a variable that are no UTF-8 come as halves of surrogate pairs: a file's name may have them."""
    if "\0" in url or not (sqlite or url.isascii() or url.encode(errors="replace").decode() == url):
        raise SettingsError("database_url: it holds characters that no address has", keys=["database_url"])


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"database_url: {folder} is no folder that can be made: {error.strerror}"
        raise SettingsError(message, keys=["database_url"]) from error


def _configure(connection: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's connection
    connection.isolation_level = None  # transactions are begun below, not by the driver
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _said(error: DatabaseUnavailable) -> str:
    """What the driver says of it, in one line."""
    cause = error.__cause__
    return " ".join(str(getattr(cause, "orig", None) or error.message).split())


def _disk_is_full(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):
        return _primary_code(error) == sqlite3.SQLITE_FULL
    return getattr(error, "sqlstate", None) == DISK_FULL


def _is_damaged(error: BaseException | None) -> bool:
    """Whether SQLite's file is no database, or none any more."""
    return isinstance(error, sqlite3.Error) and _primary_code(error) in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


def _primary_code(error: sqlite3.Error) -> int:
    """SQLite's; 0 of what Python's module found by itself, as a wrong number of values."""
    return getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN DEFERRED")


def _begin_writing(connection: Connection) -> None:
    # Only what a client was promised must survive a power cut; work that is lost so is done again.
    synchronous = "FULL" if connection.get_execution_options()["durable"] else "NORMAL"
    if connection.info.get("synchronous") != synchronous:
        connection.exec_driver_sql(f"PRAGMA synchronous={synchronous}")
        connection.info["synchronous"] = synchronous
    # A deferred transaction that turns into a writer fails at once when another wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _translated() -> Iterator[None]:
    """Driver errors that mean "not now" or "never" become ours; a broken constraint stays an `IntegrityError`."""
    try:
        yield
    except OperationalError as error:
        if _disk_is_full(error.orig):
            raise StorageFull from error
        raise DatabaseUnavailable from error
    except PoolTimeout as error:
        raise DatabaseUnavailable("the database has more to do than it gets done") from error
    except (DataError, UnicodeEncodeError) as error:
        # PostgreSQL keeps no NUL in a text, and neither database half of a surrogate pair.
        raise InvalidRequest("a value cannot be stored: it is too long, or holds characters that are none") from error
    except DBAPIError as error:
        if error.connection_invalidated or _is_damaged(error.orig):
            raise DatabaseUnavailable from error
        raise
