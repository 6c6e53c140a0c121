"""The keyrings that sign for an endpoint, or for the `webhook_url` of uploads: shown, and changed."""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from pipeline.delivery.keyring import Keyring
from pipeline.errors import NotFound
from pipeline.services import Services
from pipeline.stores.records import audit, endpoints, workspaces
from pipeline.stores.records.tables import current_time


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownKeyring:
    """A keyring at one time."""

    keyring: Keyring = field(repr=False)
    overlap_until: float | None
    """Until when the pair before the present one signs too."""


def show_keyring(services: Services, *, workspace_id: str, endpoint_id: str | None = None) -> ShownKeyring:
    """What signs for an endpoint, or for uploads where there is none given.

    Raises:
        NotFound: the workspace has no such endpoint.
        SecretDamaged: it cannot be opened.
    """
    with services.database.read() as connection:
        return _shown(connection, _open(services, _sealed(connection, workspace_id, endpoint_id, lock=False)))


def rotate_keyring(
    services: Services, *, workspace_id: str, endpoint_id: str | None = None, overlap_seconds: float, actor: str
) -> ShownKeyring:
    """A new secret and key; those before sign too for `overlap_seconds`, with 0 not at all.

    Raises:
        NotFound: the workspace has no such endpoint.
        ConflictError: the time of the last change is not over.
        SecretDamaged: the present one cannot be opened; with `overlap_seconds` 0 it is not looked at.
    """
    with services.database.write(durable=True) as connection:
        sealed = _sealed(connection, workspace_id, endpoint_id, lock=True)
        old = _open(services, sealed) if overlap_seconds > 0 else Keyring.new()
        keyring = old.rotated(current_time(connection), overlap_seconds)
        fresh = services.secrets.seal(keyring.text)
        if endpoint_id is not None:
            endpoints.set_secret(connection, endpoint_id, fresh)
        else:
            workspaces.set_webhook_secret(connection, workspace_id, fresh)
        audit.add_event(
            connection,
            workspace_id=workspace_id,
            actor=actor,
            action="webhook.rotated",
            object_id=endpoint_id or workspace_id,
        )
        return _shown(connection, keyring)


def _sealed(connection: Connection, workspace_id: str, endpoint_id: str | None, *, lock: bool) -> str:
    """The sealed keyring; with `lock` nobody else changes it until the transaction ends."""
    if endpoint_id is not None:
        endpoint = endpoints.get_endpoint(connection, workspace_id, endpoint_id, lock=lock)
        if endpoint is None:
            raise NotFound(f"there is no webhook {endpoint_id[:60]}", id=endpoint_id[:60])
        return endpoint.secret
    if lock:
        workspaces.lock_workspace(connection, workspace_id)
    workspace = workspaces.get_workspace(connection, workspace_id)
    if workspace is None:
        raise NotFound(f"there is no workspace {workspace_id}", id=workspace_id)
    return workspace.webhook_secret


def _open(services: Services, sealed: str) -> Keyring:
    return Keyring.parse(services.secrets.unseal(sealed))


def _shown(connection: Connection, keyring: Keyring) -> ShownKeyring:
    return ShownKeyring(keyring=keyring, overlap_until=keyring.replaced_until(current_time(connection)))
