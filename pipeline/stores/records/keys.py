"""API keys: a key's hash, whose it is, what it may do, and how long."""

from dataclasses import dataclass

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    String,
    Table,
    bindparam,
    case,
    insert,
    literal,
    select,
    update,
)

from pipeline.stores.records.tables import metadata, now, record, records

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("workspace_id", String(40), ForeignKey("workspaces.id"), nullable=False),
    Column("name", String(120), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float),
    Column("last_used_at", Float),
    Column("revoked_at", Float),
    Index(None, "workspace_id"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyRecord:
    """An API key: its id is part of the key, `hash` is the SHA-256 of the whole key in hex."""

    id: str
    workspace_id: str
    name: str
    hash: str
    scopes: list[str]
    created_at: float
    expires_at: float | None
    last_used_at: float | None
    revoked_at: float | None


def add_key(
    connection: Connection,
    *,
    id: str,
    workspace_id: str,
    name: str,
    hash: str,
    scopes: list[str],
    expires_in: float | None = None,
) -> None:
    """A new API key, valid for `expires_in` seconds, or until it is revoked."""
    expires = None if expires_in is None else now() + expires_in
    connection.execute(
        insert(api_keys).values(
            id=id,
            workspace_id=workspace_id,
            name=name,
            hash=hash,
            scopes=scopes,
            created_at=now(),
            expires_at=expires,
        )
    )


# Asked at every request, so that it is built once.
_VALID_KEY = select(api_keys).where(
    api_keys.c.id == bindparam("id"),
    api_keys.c.revoked_at.is_(None),
    api_keys.c.expires_at.is_(None) | (api_keys.c.expires_at > now()),
)


def find_key(connection: Connection, key_id: str) -> KeyRecord | None:
    """A key that is neither revoked nor expired."""
    row = connection.execute(_VALID_KEY, {"id": key_id}).mappings().first()
    return record(KeyRecord, row) if row else None


def list_keys(connection: Connection, workspace_id: str) -> list[KeyRecord]:
    """The workspace's keys that are not revoked, oldest first."""
    query = (
        select(api_keys)
        .where(api_keys.c.workspace_id == workspace_id, api_keys.c.revoked_at.is_(None))
        .order_by(api_keys.c.created_at)
    )
    return records(KeyRecord, connection.execute(query).mappings())


def touch_key(connection: Connection, key_id: str) -> None:
    """The key was used."""
    connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=now()))


def revoke_key(connection: Connection, workspace_id: str, key_id: str) -> bool:
    """The key opens nothing from now on; whether there was one."""
    revoked = connection.execute(
        update(api_keys)
        .where(api_keys.c.id == key_id, api_keys.c.workspace_id == workspace_id, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=now())
    )
    return revoked.rowcount == 1


def revoke_all(connection: Connection, workspace_id: str) -> int:
    """No key opens the workspace from now on; how many did."""
    valid = (api_keys.c.workspace_id == workspace_id) & api_keys.c.revoked_at.is_(None)
    return connection.execute(update(api_keys).where(valid).values(revoked_at=now())).rowcount


def expire_key(connection: Connection, key_id: str, *, within_seconds: float) -> None:
    """The key opens nothing after `within_seconds`, and no longer than it would have anyway."""
    ends = now() + literal(within_seconds)
    sooner = case((api_keys.c.expires_at < ends, api_keys.c.expires_at), else_=ends)
    connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(expires_at=sooner))
