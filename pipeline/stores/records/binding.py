"""Whose rows the present work may see: the second wall behind the conditions of each statement.

PostgreSQL holds every table that belongs to workspaces to it by row-level security; SQLite has no such thing. Where
requests come in nothing is bound, so that they see nothing until a key has said whose they are. Work that looks over
all workspaces (claims, the sweeper, deliveries, migrations) runs in threads of its own, where everything is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import Connection, bindparam, func, select

EVERYTHING = "*"
NOTHING = ""
VARIABLE = "sheaf.workspace"
"""What the policies compare with; unset, as in a session of somebody else's, it lets nothing be seen."""

_present: ContextVar[str] = ContextVar("workspace", default=EVERYTHING)
# Until the transaction ends, so that it holds behind a pooler too, which lends the session to others afterwards.
_SET = select(func.set_config(VARIABLE, bindparam("workspace_id"), True))


def bind(workspace_id: str) -> None:
    """From here on, and in whatever is begun from here, only this workspace's rows are seen."""
    _present.set(workspace_id)


@contextmanager
def bound(workspace_id: str) -> Iterator[None]:
    """The same for a block."""
    token = _present.set(workspace_id)
    try:
        yield
    finally:
        _present.reset(token)


def tell(connection: Connection) -> None:
    """Tell PostgreSQL at the beginning of a transaction."""
    connection.execute(_SET, {"workspace_id": _present.get()})
