"""Endpoints of webhooks: where a workspace's events go."""

from dataclasses import dataclass

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from pipeline.stores.records.deliveries import cancel_pending
from pipeline.stores.records.tables import metadata, now, record, records

endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("workspace_id", String(40), ForeignKey("workspaces.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("secret", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("disabled_reason", Text),
    Column("created_at", Float, nullable=False),
    Index(None, "workspace_id"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointRecord:
    """Where a workspace's events go; `events` empty means all. `secret` is a sealed keyring."""

    id: str
    workspace_id: str
    url: str
    events: list[str]
    secret: str
    enabled: bool
    disabled_reason: str | None
    created_at: float


def add_endpoint(
    connection: Connection, *, id: str, workspace_id: str, url: str, events: list[str], secret: str
) -> None:
    """A new endpoint, enabled."""
    connection.execute(
        insert(endpoints).values(
            id=id, workspace_id=workspace_id, url=url, events=events, secret=secret, enabled=True, created_at=now()
        )
    )


def get_endpoint(
    connection: Connection, workspace_id: str, endpoint_id: str, *, lock: bool = False
) -> EndpointRecord | None:
    """One endpoint of the workspace; with `lock` nobody else changes it until the transaction ends."""
    query = select(endpoints).where(endpoints.c.id == endpoint_id, endpoints.c.workspace_id == workspace_id)
    if lock:
        query = query.with_for_update()
    row = connection.execute(query).mappings().first()
    return record(EndpointRecord, row) if row else None


_ENDPOINTS = (
    select(endpoints).where(endpoints.c.workspace_id == bindparam("of_workspace")).order_by(endpoints.c.created_at)
)


def list_endpoints(connection: Connection, workspace_id: str) -> list[EndpointRecord]:
    """Oldest first."""
    return records(EndpointRecord, connection.execute(_ENDPOINTS, {"of_workspace": workspace_id}).mappings())


def set_secret(connection: Connection, endpoint_id: str, sealed: str) -> None:
    """Another keyring signs for the endpoint."""
    connection.execute(update(endpoints).where(endpoints.c.id == endpoint_id).values(secret=sealed))


def set_enabled(connection: Connection, endpoint_id: str, *, enabled: bool, reason: str | None) -> None:
    """Switch an endpoint on or off."""
    connection.execute(
        update(endpoints).where(endpoints.c.id == endpoint_id).values(enabled=enabled, disabled_reason=reason)
    )


def delete_endpoint(connection: Connection, workspace_id: str, endpoint_id: str) -> bool:
    """Remove an endpoint and what was still to be sent to it; whether it was there."""
    removed = connection.execute(
        delete(endpoints).where(endpoints.c.id == endpoint_id, endpoints.c.workspace_id == workspace_id)
    )
    if removed.rowcount == 0:
        return False
    cancel_pending(connection, endpoint_id, reason="the endpoint was deleted")
    return True
