"""The outbox: doorbell rings that no claim has answered yet."""

from collections.abc import Collection, Mapping

from sqlalchemy import Column, Connection, Float, Index, String, Table, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.stores.records.tables import metadata, now

outbox = Table(
    "outbox",
    metadata,
    Column("subject", String(60), primary_key=True),
    Column("queue", String(16), nullable=False),
    Column("due_at", Float, nullable=False),
    Column("created_at", Float, nullable=False),
    Index(None, "due_at"),
)


_ADD = {
    name: insert.on_conflict_do_update(
        index_elements=["subject"],
        set_={"queue": insert.excluded.queue, "due_at": insert.excluded.due_at, "created_at": now()},
    )
    for name, insert in (
        (dialect.dialect.name, dialect.insert(outbox).values(due_at=now() + bindparam("after"), created_at=now()))
        for dialect in (postgresql, sqlite)
    )
}
_FORGET = delete(outbox).where(outbox.c.subject == bindparam("forgotten"))


def add_rings(connection: Connection, queue_of: Mapping[str, str], *, after_seconds: float = 0.0) -> None:
    """Note that the subjects (stages or deliveries) wait in their queues; a note that is there is replaced."""
    if not queue_of:
        return
    rows = [{"subject": subject, "queue": queue, "after": after_seconds} for subject, queue in queue_of.items()]
    connection.execute(_ADD[connection.dialect.name], rows)


def forget_rings(connection: Connection, subjects: Collection[str]) -> None:
    """The subjects were claimed, or need nobody any more."""
    if subjects:
        connection.execute(_FORGET, [{"forgotten": subject} for subject in subjects])


def due_queues(connection: Connection) -> list[str]:
    """Queues that must be rung."""
    return list(connection.execute(select(outbox.c.queue).where(outbox.c.due_at <= now()).distinct()).scalars())
