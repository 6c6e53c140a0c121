"""Workspaces: everything belongs to one."""

from dataclasses import dataclass

from sqlalchemy import JSON, Column, Connection, Float, String, Table, Text, insert, select, update

from pipeline.stores.records.tables import metadata, now, record, records

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("webhook_secret", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("limits", JSON, nullable=False, server_default="{}"),
    Column("retention", JSON, nullable=False, server_default="{}"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkspaceRecord:
    """Everything belongs to one workspace; `webhook_secret` is a sealed keyring."""

    id: str
    name: str
    webhook_secret: str
    created_at: float
    limits: dict[str, int]
    """Limits of its own, by the names of the settings; the settings' for all others."""
    retention: dict[str, float]
    """Class → days after which its documents are deleted; `default` is of documents without a class."""


def add_workspace(connection: Connection, *, id: str, name: str, webhook_secret: str) -> None:
    """A new workspace."""
    connection.execute(insert(workspaces).values(id=id, name=name, webhook_secret=webhook_secret, created_at=now()))


def find_workspace(connection: Connection, name: str) -> WorkspaceRecord | None:
    """By name."""
    row = connection.execute(select(workspaces).where(workspaces.c.name == name)).mappings().first()
    return record(WorkspaceRecord, row) if row else None


def get_workspace(connection: Connection, workspace_id: str) -> WorkspaceRecord | None:
    """By id."""
    row = connection.execute(select(workspaces).where(workspaces.c.id == workspace_id)).mappings().first()
    return record(WorkspaceRecord, row) if row else None


def list_workspaces(connection: Connection) -> list[WorkspaceRecord]:
    """All of them, oldest first."""
    query = select(workspaces).order_by(workspaces.c.created_at, workspaces.c.id)
    return records(WorkspaceRecord, connection.execute(query).mappings())


def set_limits(connection: Connection, workspace_id: str, limits: dict[str, int]) -> None:
    """The workspace has these limits of its own and no others."""
    connection.execute(update(workspaces).where(workspaces.c.id == workspace_id).values(limits=limits))


def set_retention(connection: Connection, workspace_id: str, retention: dict[str, float]) -> None:
    """The workspace has these classes and no others."""
    connection.execute(update(workspaces).where(workspaces.c.id == workspace_id).values(retention=retention))


def lock_workspace(connection: Connection, workspace_id: str) -> None:
    """Until the transaction ends, others who lock the workspace wait: what they count on stays as it is.

    PostgreSQL's `NO KEY UPDATE` lets rows that refer to the workspace be added meanwhile; SQLite has one writer anyway.
    """
    query = select(workspaces.c.id).where(workspaces.c.id == workspace_id).with_for_update(key_share=True)
    connection.execute(query)


def set_webhook_secret(connection: Connection, workspace_id: str, sealed: str) -> None:
    """Another keyring signs what goes to the `webhook_url` of uploads."""
    connection.execute(update(workspaces).where(workspaces.c.id == workspace_id).values(webhook_secret=sealed))
