"""The database: transactions that read, transactions that write, and the migrations."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from pipeline.errors import DatabaseUnavailable, InvalidRequest, SettingsError, StorageFull

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30


class Database:
    """SQLite or PostgreSQL behind one URL.

    SQLite has one writer at a time. Inside this process writers queue on a lock, since SQLite's own waiting polls with
    growing sleeps; other processes meet its busy time-out.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except Exception as error:
            raise SettingsError("database_url is not a database URL", keys=["database_url"]) from error
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if not self.sqlite and parsed.get_backend_name() != "postgresql":
            raise SettingsError(
                f"database_url: {parsed.get_backend_name()} is not supported; use sqlite or postgresql",
                keys=["database_url"],
            )
        self.url = parsed
        if self.sqlite and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        self._engine = self._make_engine("NORMAL")
        # Only what a client was promised must survive a power cut; work that is lost so is done again.
        self._durable = self._make_engine("FULL") if self.sqlite else self._engine
        self._writing = threading.Lock()

    def _make_engine(self, synchronous: str) -> Engine:
        if not self.sqlite:
            return create_engine(self.url, pool_size=20, max_overflow=20, pool_pre_ping=True)
        engine = create_engine(self.url, pool_size=20, max_overflow=40, connect_args={"timeout": BUSY_SECONDS})

        @event.listens_for(engine, "connect")
        def configure(connection: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's connection
            connection.isolation_level = None  # transactions are begun below, not by the driver
            for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", "temp_store=MEMORY"):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            # A deferred transaction that turns into a writer fails at once when another wrote in between.
            kind = "DEFERRED" if connection.get_execution_options().get("reading") else "IMMEDIATE"
            connection.exec_driver_sql(f"BEGIN {kind}")

        return engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database.

        Raises:
            DatabaseUnavailable: the database does not answer.
        """
        with _translated(), self._engine.connect() as connection:
            yield connection.execution_options(reading=True)

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        """A transaction that is committed when the block ends and rolled back when it raises.

        `durable` makes SQLite wait for the disk; PostgreSQL always does.

        Raises:
            DatabaseUnavailable: the database does not answer.
            StorageFull: the disk is full.
            InvalidRequest: a value cannot be stored.
        """
        engine = self._durable if durable else self._engine
        if not self.sqlite:
            with _translated(), engine.begin() as connection:
                yield connection
            return
        with self._writing, _translated(), engine.begin() as connection:
            yield connection

    def migrate(self) -> None:
        """Bring the tables to this version's form; harmless when they are."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()
        self._durable.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    """Driver errors that mean "not now" or "never" become ours; a broken constraint stays an `IntegrityError`."""
    try:
        yield
    except OperationalError as error:
        if "disk is full" in str(error.orig) or getattr(error.orig, "sqlstate", None) == "53100":
            raise StorageFull from error
        raise DatabaseUnavailable from error
    except PoolTimeout as error:
        raise DatabaseUnavailable("the database has more to do than it gets done") from error
    except (DataError, UnicodeEncodeError) as error:
        # PostgreSQL keeps no NUL in a text, and neither database half of a surrogate pair.
        raise InvalidRequest("a value cannot be stored: it is too long, or holds characters that are none") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseUnavailable from error
        raise
