"""How many requests each workspace may still send, over all API processes: a token bucket in one row."""

from dataclasses import dataclass

from sqlalchemy import Column, Connection, Float, String, Table, bindparam, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.errors import Unauthenticated
from pipeline.stores.records.tables import current_time, metadata
from pipeline.stores.records.workspaces import hold_workspace

MINUTE_SECONDS = 60

request_buckets = Table(
    "request_buckets",
    metadata,
    Column("workspace_id", String(40), primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("at", Float, nullable=False),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """Requests that whoever took them may let through; with none, seconds until there will be one."""

    requests: int
    wait_seconds: float = 0.0


_MINE = request_buckets.c.workspace_id == bindparam("of_workspace")
_LOCKED = select(request_buckets.c.tokens, request_buckets.c.at).where(_MINE).with_for_update()
_CHANGE = update(request_buckets).where(_MINE).values(tokens=bindparam("left"), at=bindparam("now"))
_FILL = {
    dialect.dialect.name: dialect.insert(request_buckets)
    .values(workspace_id=bindparam("of_workspace"), tokens=bindparam("full"), at=bindparam("now"))
    .on_conflict_do_nothing()
    for dialect in (postgresql, sqlite)
}


def take(connection: Connection, workspace_id: str, *, per_minute: int, at_most: int) -> Taken:
    """Take what is there, up to `at_most`. The bucket holds a minute's worth, and grows back evenly.

    Others of the workspace wait until we commit. What a crash forgets is how much was taken a moment before it.

    Raises:
        Unauthenticated: the workspace was deleted meanwhile.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL synchronous_commit = off"))
    of = {"of_workspace": workspace_id}
    row = connection.execute(_LOCKED, of).first()
    if row is None:
        if not hold_workspace(connection, workspace_id):
            raise Unauthenticated("the workspace was deleted")
        full = {"full": float(per_minute), "now": current_time(connection)}
        connection.execute(_FILL[connection.dialect.name], {**of, **full})
        row = connection.execute(_LOCKED, of).one()
    now = current_time(connection)  # behind the lock, for which we may have waited
    rate = per_minute / MINUTE_SECONDS
    there = min(float(per_minute), row.tokens + max(0.0, now - row.at) * rate)
    taken = min(at_most, int(there))
    connection.execute(_CHANGE, {**of, "left": there - taken, "now": now})
    return Taken(requests=taken, wait_seconds=0.0 if taken else (1 - there) / rate)
