"""The outbox: doorbell rings that no claim has answered yet."""

from collections.abc import Collection, Mapping

from sqlalchemy import Column, Connection, Float, Index, String, Table, delete, insert, select

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


def add_rings(connection: Connection, queue_of: Mapping[str, str], *, after_seconds: float = 0.0) -> None:
    """Note that the subjects (stages or deliveries) wait in their queues; a note that is there is replaced."""
    if not queue_of:
        return
    forget_rings(connection, queue_of)
    rows = [{"subject": subject, "queue": queue} for subject, queue in queue_of.items()]
    connection.execute(insert(outbox).values(due_at=now() + after_seconds, created_at=now()), rows)


def forget_rings(connection: Connection, subjects: Collection[str]) -> None:
    """The subjects were claimed, or need nobody any more."""
    connection.execute(delete(outbox).where(outbox.c.subject.in_(list(subjects))))


def due_queues(connection: Connection) -> list[str]:
    """Queues that must be rung."""
    return list(connection.execute(select(outbox.c.queue).where(outbox.c.due_at <= now()).distinct()).scalars())
