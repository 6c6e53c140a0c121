"""The engine for PostgreSQL: no connection waits for ever for a server that fell silent, nor holds locks when we did.

Where a host or a firewall between vanishes, no end of the connection is told. Without bounds a thread then waits in
`recv` for hours, and the server keeps the locks of a client that is gone.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy.engine import URL, Dialect
    from sqlalchemy.pool import ConnectionPoolEntry

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 20
"""After which the server ends a statement: all of ours take milliseconds, and wait for locks that are soon let go."""
ANSWER_SECONDS = 25.0
"""After which a server that answers nothing is given up; it had ended the statement itself, were it there."""
IDLE_SECONDS = 30
"""After which the server ends a transaction whose client says nothing more."""
KEEPALIVE = {
    # A peer that is gone is noticed by the kernel after about 30 seconds, in place of two hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}

Answer = TypeVar("Answer")


def make_postgres(url: URL) -> Engine:
    """An engine whose connections are bounded; what the URL itself says of a connection goes first."""
    bounds = {"connect_timeout": CONNECT_SECONDS, **KEEPALIVE}
    engine = create_engine(
        url,
        pool_size=20,
        max_overflow=20,
        pool_pre_ping=True,
        connect_args={name: value for name, value in bounds.items() if name not in url.query},
    )
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "connect", _configure)
    return engine


def take_time(connection: Connection) -> None:
    """Statements of this transaction may take as long as they do."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    driver = connection.connection.driver_connection
    assert isinstance(driver, BoundedConnection), "the engine makes no other"
    driver.patient = True


class BoundedConnection(psycopg.Connection[Any]):
    """Waits `ANSWER_SECONDS` for the server to say something, and is closed when it does not."""

    patient = False
    """Whether the present transaction may take longer."""

    def wait(self, gen: Generator[Any, Any, Answer], *args: Any, **more: Any) -> Answer:  # noqa: ANN401 - psycopg's own
        """As psycopg does, with an end.

        Raises:
            psycopg.OperationalError: there was no answer.
        """
        return super().wait(self._bounded(gen), *args, **more)

    def commit(self) -> None:
        """Commit; the next transaction is an impatient one."""
        super().commit()
        self.patient = False

    def rollback(self) -> None:
        """Roll back; the next transaction is an impatient one."""
        super().rollback()
        self.patient = False

    def _bounded(self, gen: Generator[Any, Any, Answer]) -> Generator[Any, Any, Answer]:
        """The protocol's steps: psycopg asks for the next one whenever the socket is ready, and every 0.1 s besides."""
        heard = time.monotonic()
        try:
            step = next(gen)
            while True:
                ready = yield step
                if ready:
                    heard = time.monotonic()
                elif not self.patient and time.monotonic() - heard > ANSWER_SECONDS:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"the server has said nothing for {ANSWER_SECONDS:g} s")
                step = gen.send(ready)
        except StopIteration as end:
            answer: Answer = end.value
            return answer


def _connect(dialect: Dialect, record: ConnectionPoolEntry, arguments: list[Any], options: dict[str, Any]) -> Any:  # noqa: ANN401 - the driver's connection
    del dialect, record
    return BoundedConnection.connect(*arguments, **options)


def _configure(connection: BoundedConnection, _: ConnectionPoolEntry) -> None:
    # Not as options of the connection: poolers between refuse those.
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
    connection.commit()
