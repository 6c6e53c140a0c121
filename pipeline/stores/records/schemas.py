"""Schemas of users, with versions."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, Connection, Float, ForeignKey, Integer, String, Table, func, insert, select

from pipeline.stores.records.tables import metadata, now, record, records
from pipeline.stores.records.workspaces import lock_workspace

schemas = Table(
    "schemas",
    metadata,
    Column("workspace_id", String(40), ForeignKey("workspaces.id"), primary_key=True),
    Column("name", String(120), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", JSON, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created_at", Float, nullable=False),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaRecord:
    """One version of a schema; versions never change."""

    workspace_id: str
    name: str
    version: int
    body: dict[str, Any]
    sha256: str
    created_at: float


def add_schema(
    connection: Connection, *, workspace_id: str, name: str, body: dict[str, Any], sha256: str
) -> SchemaRecord:
    """A new version, or the newest one where that has the same content."""
    # Two at once would both make the same next version.
    lock_workspace(connection, workspace_id)
    newest = get_schema(connection, workspace_id, name)
    if newest is not None and newest.sha256 == sha256:
        return newest
    version = newest.version + 1 if newest else 1
    connection.execute(
        insert(schemas).values(
            workspace_id=workspace_id, name=name, version=version, body=body, sha256=sha256, created_at=now()
        )
    )
    added = get_schema(connection, workspace_id, name, version)
    assert added is not None
    return added


def get_schema(connection: Connection, workspace_id: str, name: str, version: int | None = None) -> SchemaRecord | None:
    """That version, or the newest."""
    query = select(schemas).where(schemas.c.workspace_id == workspace_id, schemas.c.name == name)
    if version is not None:
        query = query.where(schemas.c.version == version)
    row = connection.execute(query.order_by(schemas.c.version.desc()).limit(1)).mappings().first()
    return record(SchemaRecord, row) if row else None


def list_schemas(connection: Connection, workspace_id: str) -> list[SchemaRecord]:
    """The newest version of each, by name."""
    newest = (
        select(schemas.c.name, func.max(schemas.c.version).label("version"))
        .where(schemas.c.workspace_id == workspace_id)
        .group_by(schemas.c.name)
        .subquery()
    )
    query = (
        select(schemas)
        .join(newest, (schemas.c.name == newest.c.name) & (schemas.c.version == newest.c.version))
        .where(schemas.c.workspace_id == workspace_id)
        .order_by(schemas.c.name)
    )
    return records(SchemaRecord, connection.execute(query).mappings())
