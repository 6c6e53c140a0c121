"""Making and revoking API keys, and the first workspace with its first key."""

from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from pipeline.access.keys import SCOPES, NewKey, known_key, new_key
from pipeline.access.secrets import SecretBox
from pipeline.delivery.keyring import Keyring
from pipeline.errors import NotFound, SettingsError, Unauthenticated
from pipeline.stores.records import audit, workspaces
from pipeline.stores.records import keys as key_records
from pipeline.stores.records.database import Database
from pipeline.stores.records.keys import KeyRecord
from pipeline.stores.records.tables import current_time, new_id
from pipeline.stores.records.workspaces import WorkspaceRecord
from schemas.keys import Scope

DEFAULT_WORKSPACE = "default"
BOOTSTRAP_KEY = "bootstrap"
SYSTEM = "system"


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuedKey:
    """A key just made; its text is seen here and never again."""

    record: KeyRecord
    text: str = field(repr=False)


def issue_key(
    database: Database,
    *,
    workspace_id: str,
    name: str,
    scopes: list[Scope],
    expires_in: float | None,
    actor: str,
) -> IssuedKey:
    """A new key of the workspace; `expires_in` counts seconds from now."""
    key = new_key()
    with database.write(durable=True) as connection:
        _add(connection, key, workspace_id=workspace_id, name=name, scopes=scopes, expires_in=expires_in, actor=actor)
        record = next(one for one in key_records.list_keys(connection, workspace_id) if one.id == key.key_id)
    return IssuedKey(record=record, text=key.text)


def list_keys(database: Database, *, workspace_id: str) -> list[KeyRecord]:
    """The workspace's keys, oldest first."""
    with database.read() as connection:
        return key_records.list_keys(connection, workspace_id)


def revoke_key(database: Database, key_id: str, *, workspace_id: str, actor: str) -> None:
    """The key opens nothing from now on.

    Raises:
        NotFound: the workspace has no such key.
    """
    with database.write(durable=True) as connection:
        if not key_records.revoke_key(connection, workspace_id, key_id):
            raise NotFound(f"there is no key {key_id}", id=key_id)
        audit.add_event(connection, workspace_id=workspace_id, actor=actor, action="key.revoked", object_id=key_id)


def rotate_key(database: Database, key_id: str, *, workspace_id: str, overlap_seconds: float, actor: str) -> IssuedKey:
    """A key with the same name, scopes and end in place of another one, which opens for `overlap_seconds` more.

    Raises:
        NotFound: the workspace has no such key, or it has expired.
    """
    made = new_key()
    with database.write(durable=True) as connection:
        old = key_records.find_key(connection, key_id)
        if old is None or old.workspace_id != workspace_id:
            raise NotFound(f"there is no valid key {key_id}", id=key_id)
        left = None if old.expires_at is None else old.expires_at - current_time(connection)
        scopes = [scope for scope in SCOPES if scope in old.scopes]
        _add(connection, made, workspace_id=workspace_id, name=old.name, scopes=scopes, expires_in=left, actor=actor)
        key_records.expire_key(connection, key_id, within_seconds=overlap_seconds)
        audit.add_event(
            connection,
            workspace_id=workspace_id,
            actor=actor,
            action="key.rotated",
            object_id=key_id,
            successor=made.key_id,
        )
        record = key_records.find_key(connection, made.key_id)
    assert record is not None
    return IssuedKey(record=record, text=made.text)


def ensure_workspace(database: Database, secrets: SecretBox, name: str = DEFAULT_WORKSPACE) -> WorkspaceRecord:
    """The workspace of that name, made with a webhook secret where there is none."""
    with database.write(durable=True) as connection:
        found = workspaces.find_workspace(connection, name)
        if found is not None:
            return found
        workspace_id = new_id("ws")
        sealed = secrets.seal(Keyring.new().text)
        workspaces.add_workspace(connection, id=workspace_id, name=name, webhook_secret=sealed)
        made = workspaces.find_workspace(connection, name)
    assert made is not None
    return made


def ensure_key(database: Database, workspace_id: str, text: str, *, name: str = BOOTSTRAP_KEY) -> None:
    """A key that was chosen elsewhere opens the workspace with all scopes.

    Raises:
        SettingsError: the text is no key, or was revoked, or belongs to another workspace.
    """
    try:
        key = known_key(text)
    except Unauthenticated as error:
        raise SettingsError(f"access.bootstrap_key: {error.message}", keys=["access.bootstrap_key"]) from error
    with database.write(durable=True) as connection:
        found = key_records.find_key(connection, key.key_id)
        if found is not None and found.workspace_id == workspace_id and found.hash == key.hash:
            return
        try:
            _add(
                connection,
                key,
                workspace_id=workspace_id,
                name=name,
                scopes=list(SCOPES),
                expires_in=None,
                actor=SYSTEM,
            )
        except IntegrityError as error:
            message = "access.bootstrap_key was revoked, has expired, or opens another workspace; choose another"
            raise SettingsError(message, keys=["access.bootstrap_key"]) from error


def has_key(database: Database, workspace_id: str) -> bool:
    """Whether any key opens the workspace now."""
    with database.read() as connection:
        now = current_time(connection)
        keys = key_records.list_keys(connection, workspace_id)
    return any(key.expires_at is None or key.expires_at > now for key in keys)


def _add(
    connection: Connection,
    key: NewKey,
    *,
    workspace_id: str,
    name: str,
    scopes: list[Scope],
    expires_in: float | None,
    actor: str,
) -> None:
    key_records.add_key(
        connection,
        id=key.key_id,
        workspace_id=workspace_id,
        name=name,
        hash=key.hash,
        scopes=list(scopes),
        expires_in=expires_in,
    )
    audit.add_event(connection, workspace_id=workspace_id, actor=actor, action="key.issued", object_id=key.key_id)
