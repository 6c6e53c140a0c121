"""Workspaces: everything belongs to one."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import JSON, Column, Connection, Float, String, Table, Text, insert, select, update

from pipeline.errors import Unauthenticated
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
    Column("deleted_at", Float),
    Column("removed", JSON, nullable=False, server_default="{}"),
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
    deleted_at: float | None
    """Since when it is closed, and what it holds is being removed; the row goes last."""
    removed: dict[str, int]
    """What was removed so far."""


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


def lock_workspace(connection: Connection, workspace_id: str, *, even_deleted: bool = False) -> None:
    """Until the transaction ends, others who lock the workspace wait: what they count on stays as it is.

    PostgreSQL's `NO KEY UPDATE` lets rows that refer to the workspace be added meanwhile; SQLite has one writer anyway.

    Raises:
        Unauthenticated: it was deleted since the caller was let in; with `even_deleted` only where nothing is left.
    """
    query = select(workspaces.c.deleted_at).where(workspaces.c.id == workspace_id).with_for_update(key_share=True)
    row = connection.execute(query).first()
    if row is None or (row.deleted_at is not None and not even_deleted):
        raise Unauthenticated("the workspace was deleted")


def hold_workspace(connection: Connection, workspace_id: str) -> bool:
    """Whether there is such a workspace, which then stays until the transaction ends.

    For whoever adds rows that do not refer to it: those would be left behind by its deletion.
    """
    query = select(workspaces.c.id).where(workspaces.c.id == workspace_id)
    return connection.execute(query.with_for_update(read=True, key_share=True)).first() is not None


def mark_deleted(connection: Connection, workspace_id: str, *, removed: Mapping[str, int]) -> None:
    """It is closed from now on; `removed` is what is known of it already."""
    changes = {"deleted_at": now(), "removed": dict(removed)}
    connection.execute(update(workspaces).where(workspaces.c.id == workspace_id).values(**changes))


def add_removed(connection: Connection, workspace_id: str, more: Mapping[str, int]) -> None:
    """So much more was removed of it."""
    query = select(workspaces.c.removed).where(workspaces.c.id == workspace_id).with_for_update(key_share=True)
    before = connection.execute(query).scalar()
    if before is not None:
        removed = dict(Counter(before) + Counter(more))
        connection.execute(update(workspaces).where(workspaces.c.id == workspace_id).values(removed=removed))


def set_webhook_secret(connection: Connection, workspace_id: str, sealed: str) -> None:
    """Another keyring signs what goes to the `webhook_url` of uploads."""
    connection.execute(update(workspaces).where(workspaces.c.id == workspace_id).values(webhook_secret=sealed))
