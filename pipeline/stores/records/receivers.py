"""Receivers of webhooks: how each has been doing, and what was tried.

A receiver is an endpoint, or for the `webhook_url` of uploads a host as one workspace names it: what is slow or away
holds up itself and nobody else.
"""

from dataclasses import dataclass

from sqlalchemy import (
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.stores.records.tables import metadata, now, record, records

receivers = Table(
    "webhook_receivers",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("workspace_id", String(40), ForeignKey("workspaces.id"), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", Float),
    Column("open_until", Float),
    Column("served_at", Float, nullable=False),
)

attempts = Table(
    "webhook_attempts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("delivery_id", String(60), nullable=False),
    Column("at", Float, nullable=False),
    Column("status", Integer),
    Column("error", Text),
    Column("seconds", Float, nullable=False),
    Index(None, "delivery_id"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceiverRecord:
    """A receiver as it stands."""

    id: str
    workspace_id: str
    failures: int
    """In a row, up to now."""
    failing_since: float | None
    open_until: float | None
    """Until when it is left alone."""
    served_at: float
    """When a delivery was last claimed for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptRecord:
    """One attempt at a delivery."""

    number: int
    delivery_id: str
    at: float
    status: int | None
    error: str | None
    seconds: float


_ADD = {
    dialect.dialect.name: dialect.insert(receivers)
    .values(failures=0, served_at=0.0)
    .on_conflict_do_nothing(index_elements=["id"])
    for dialect in (postgresql, sqlite)
}


def add_receiver(connection: Connection, receiver_id: str, workspace_id: str) -> None:
    """Known from now on; harmless where it is."""
    connection.execute(_ADD[connection.dialect.name], {"id": receiver_id, "workspace_id": workspace_id})


def lock_receiver(connection: Connection, receiver_id: str) -> None:
    """Nobody else claims for it or notes about it until the transaction ends; to be taken before its deliveries."""
    connection.execute(select(receivers.c.id).where(receivers.c.id == receiver_id).with_for_update())


def note_success(connection: Connection, receiver_id: str) -> None:
    """It takes deliveries."""
    connection.execute(
        update(receivers).where(receivers.c.id == receiver_id).values(failures=0, failing_since=None, open_until=None)
    )


def note_failure(connection: Connection, receiver_id: str) -> tuple[int, float]:
    """How many failures in a row that makes, and for how many seconds it has been failing."""
    noted = connection.execute(
        update(receivers)
        .where(receivers.c.id == receiver_id)
        .values(failures=receivers.c.failures + 1, failing_since=func.coalesce(receivers.c.failing_since, now()))
        .returning(receivers.c.failures, now() - receivers.c.failing_since)
    ).first()
    return (int(noted[0]), float(noted[1])) if noted else (0, 0.0)


def leave_alone(connection: Connection, receiver_id: str, seconds: float) -> None:
    """No deliveries for so long."""
    connection.execute(
        update(receivers).where(receivers.c.id == receiver_id).values(open_until=now() + literal(seconds))
    )


def get_receiver(connection: Connection, receiver_id: str) -> ReceiverRecord | None:
    """A receiver as it stands."""
    row = connection.execute(select(receivers).where(receivers.c.id == receiver_id)).mappings().first()
    return record(ReceiverRecord, row) if row else None


def count_open(connection: Connection) -> int:
    """How many are left alone at this time."""
    query = select(func.count()).select_from(receivers).where(receivers.c.open_until > now())
    return int(connection.execute(query).scalar_one())


def add_attempt(
    connection: Connection, delivery_id: str, *, status: int | None, error: str | None, seconds: float
) -> None:
    """Note an attempt that has just ended."""
    connection.execute(
        insert(attempts).values(delivery_id=delivery_id, at=now(), status=status, error=error, seconds=seconds)
    )


_OF_DELIVERY = select(attempts).where(attempts.c.delivery_id == bindparam("of_delivery")).order_by(attempts.c.number)


def list_attempts(connection: Connection, delivery_id: str) -> list[AttemptRecord]:
    """In their order, those before a replay too."""
    return records(AttemptRecord, connection.execute(_OF_DELIVERY, {"of_delivery": delivery_id}).mappings())
