"""Audit events: who did what, append-only and chained by hashes."""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import JSON, Column, Connection, Float, Index, Integer, String, Table, insert, select

from pipeline.stores.records.tables import metadata, now, records
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
    """`hash` covers the event and the hash of the workspace's event before it."""

    number: int
    workspace_id: str
    actor: str
    action: str
    object_id: str
    details: dict[str, Any]
    hash: str
    created_at: float


def chain(previous: str, *, actor: str, action: str, object_id: str, details: dict[str, Any]) -> str:
    """The hash that ties an event to the one before it."""
    content = orjson.dumps([previous, actor, action, object_id, details], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()


def add_event(
    connection: Connection, *, workspace_id: str, actor: str, action: str, object_id: str, **details: str | int | None
) -> None:
    """Append an event; never holds a document's content."""
    # Two events at once would both follow the same one, and the chain would fork.
    lock_workspace(connection, workspace_id)
    query = (
        select(audit_events.c.hash)
        .where(audit_events.c.workspace_id == workspace_id)
        .order_by(audit_events.c.number.desc())
        .limit(1)
    )
    previous = connection.execute(query).scalar() or ""
    digest = chain(previous, actor=actor, action=action, object_id=object_id, details=details)
    connection.execute(
        insert(audit_events).values(
            workspace_id=workspace_id,
            actor=actor,
            action=action,
            object_id=object_id,
            details=details,
            hash=digest,
            created_at=now(),
        )
    )


def list_events(connection: Connection, workspace_id: str, *, limit: int = 1000) -> list[AuditEvent]:
    """Oldest first."""
    query = (
        select(audit_events)
        .where(audit_events.c.workspace_id == workspace_id)
        .order_by(audit_events.c.number)
        .limit(limit)
    )
    return records(AuditEvent, connection.execute(query).mappings())


def broken_link(events: list[AuditEvent]) -> int | None:
    """Number of the first event whose hash does not fit, or `None` when the chain holds."""
    previous = ""
    for event in events:
        expected = chain(
            previous, actor=event.actor, action=event.action, object_id=event.object_id, details=event.details
        )
        if expected != event.hash:
            return event.number
        previous = event.hash
    return None
