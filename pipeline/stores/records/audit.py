"""Audit events: who did what, append-only and chained by hashes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, Connection, Float, Index, Integer, String, Table, insert, select

from pipeline.access.audit_chain import Link, chain, microseconds
from pipeline.stores.records.tables import current_time, metadata, now, record, records
from pipeline.stores.records.workspaces import lock_workspace

audit_events = Table(
    "audit_events",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("workspace_id", String(40), nullable=False),
    Column("actor", String(120), nullable=False),
    Column("action", String(60), nullable=False),
    Column("object_id", String(120), nullable=False),
    Column("details", JSON, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("created_at", Float, nullable=False),
    Index(None, "workspace_id", "number"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEvent:
    """`hash` covers the event with its time, and the hash of the workspace's event before it."""

    number: int
    workspace_id: str
    actor: str
    action: str
    object_id: str
    details: dict[str, Any]
    hash: str
    created_at: float

    def link(self) -> Link:
        """The event as the chain has it."""
        return Link(
            at=microseconds(self.created_at),
            actor=self.actor,
            action=self.action,
            object_id=self.object_id,
            details=self.details,
            hash=self.hash,
        )


def add_event(
    connection: Connection,
    *,
    workspace_id: str,
    actor: str,
    action: str,
    object_id: str,
    named: Mapping[str, str | int] | None = None,
    even_deleted: bool = False,
    **details: str | int | None,
) -> None:
    """Append an event; never holds a document's content. `named` are details whose names somebody chose.

    Raises:
        Unauthenticated: the workspace was deleted; what is done for its deletion is noted with `even_deleted`.
    """
    details = {**details, **(named or {})}
    # Two events at once would both follow the same one, and the chain would fork.
    lock_workspace(connection, workspace_id, even_deleted=even_deleted)
    query = (
        select(audit_events.c.hash, now())
        .where(audit_events.c.workspace_id == workspace_id)
        .order_by(audit_events.c.number.desc())
        .limit(1)
    )
    previous, time = connection.execute(query).first() or ("", current_time(connection))
    at = microseconds(time)
    digest = chain(previous, at=at, actor=actor, action=action, object_id=object_id, details=details)
    connection.execute(
        insert(audit_events).values(
            workspace_id=workspace_id,
            actor=actor,
            action=action,
            object_id=object_id,
            details=details,
            hash=digest,
            created_at=at / 1_000_000,
        )
    )


def list_events(connection: Connection, workspace_id: str, *, after: int = 0, limit: int = 1000) -> list[AuditEvent]:
    """Oldest first; `after` is the number of the last one already seen."""
    query = (
        select(audit_events)
        .where(audit_events.c.workspace_id == workspace_id, audit_events.c.number > after)
        .order_by(audit_events.c.number)
        .limit(limit)
    )
    return records(AuditEvent, connection.execute(query).mappings())


def last_event(connection: Connection, workspace_id: str) -> AuditEvent | None:
    """The newest."""
    query = select(audit_events).where(audit_events.c.workspace_id == workspace_id)
    row = connection.execute(query.order_by(audit_events.c.number.desc()).limit(1)).mappings().first()
    return record(AuditEvent, row) if row else None
