"""Closing a workspace for its deletion: its keys open nothing from one moment on, and sweepers remove what it holds."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from pipeline.access.issuing import DEFAULT_WORKSPACE, SYSTEM
from pipeline.errors import ConflictError, InvalidRequest, NotFound
from pipeline.stores.records import audit, documents, keys, quotas, stored_bytes, workspaces
from pipeline.stores.records.database import Database
from pipeline.stores.records.deliveries import cancel_all
from pipeline.stores.records.endpoints import delete_endpoint, list_endpoints
from pipeline.stores.records.erasure import end_batches
from pipeline.stores.records.workspaces import WorkspaceRecord

REMOVED = "workspace.removed"
"""The last event of a deleted workspace; its details are the receipt."""
MANY = 1_000_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Holdings:
    """What a workspace holds, and loses with its deletion."""

    id: str
    name: str
    documents: int
    """Those that were deleted and are not quite gone count too."""
    stored: int
    """Bytes of uploaded files."""
    keys: int
    endpoints: int
    open_jobs: int
    closed: bool
    """Whether it is being deleted already."""


def holdings(database: Database, name: str) -> Holdings:
    """What the workspace of that name or id holds now.

    Raises:
        NotFound: there is none.
    """
    with database.read() as connection:
        return _holdings(connection, _find(connection, name))


def check_deletable(database: Database, name: str) -> None:
    """Whether the workspace may be deleted.

    Raises:
        NotFound: there is none.
        InvalidRequest: it is the one that a service cannot be without.
        ConflictError: it is the only one.
    """
    with database.read() as connection:
        _check(connection, _find(connection, name))


def close_workspace(database: Database, name: str, *, by: str) -> Holdings:
    """Close the workspace; what it held. Harmless to repeat.

    Its keys open nothing any more, what was under way is refused when it wants to change something, its webhooks get
    nothing. Its documents are invisible, since nobody can ask for them, and are removed from here on. `by` is who did
    it, for the audit log.

    Raises:
        NotFound, InvalidRequest, ConflictError: as `check_deletable`.
    """
    with database.write(durable=True) as connection:
        # Locked first: who added a key before has committed it, and whoever comes later is refused.
        workspaces.lock_workspace(connection, _find(connection, name).id, even_deleted=True)
        found = _find(connection, name)
        _check(connection, found)
        held = _holdings(connection, found)
        if not held.closed:
            _close(connection, held, by)
    return held


def _close(connection: Connection, held: Holdings, by: str) -> None:
    audit.add_event(
        connection,
        workspace_id=held.id,
        actor=SYSTEM,
        action="workspace.deleted",
        object_id=held.id,
        by=by,
        documents=held.documents,
        stored=held.stored,
    )
    workspaces.mark_deleted(connection, held.id, removed={"bytes": held.stored})
    keys.revoke_all(connection, held.id)
    for endpoint in list_endpoints(connection, held.id):
        delete_endpoint(connection, held.id, endpoint.id)
    cancel_all(connection, held.id, reason="the workspace was deleted")
    end_batches(connection, held.id)


def receipt(database: Database, workspace_id: str) -> dict[str, int]:
    """What was removed of a workspace of which nothing is left.

    Raises:
        NotFound: there was none of that id, or something is left.
    """
    with database.read() as connection:
        event = audit.last_event(connection, workspace_id)
    if event is None or event.action != REMOVED:
        raise NotFound(f"there is no workspace {workspace_id!r}")
    return dict(event.details)


def _find(connection: Connection, name: str) -> WorkspaceRecord:
    found = workspaces.find_workspace(connection, name) or workspaces.get_workspace(connection, name)
    if found is None:
        raise NotFound(f"there is no workspace {name!r}")
    return found


def _check(connection: Connection, found: WorkspaceRecord) -> None:
    if found.name == DEFAULT_WORKSPACE:
        message = (
            f"the workspace {DEFAULT_WORKSPACE!r} cannot be deleted: each start of a service makes it, "
            "access.bootstrap_key opens it, and files of watched folders go to it"
        )
        raise InvalidRequest(message, field="name")
    if all(one.id == found.id or one.deleted_at is not None for one in workspaces.list_workspaces(connection)):
        raise ConflictError(f"{found.name!r} is the only workspace; make another one first")


def _holdings(connection: Connection, found: WorkspaceRecord) -> Holdings:
    table = documents.documents
    mine = select(func.count()).select_from(table).where(table.c.workspace_id == found.id, table.c.purged_at.is_(None))
    return Holdings(
        id=found.id,
        name=found.name,
        documents=int(connection.execute(mine).scalar_one()),
        stored=stored_bytes.stored(connection, found.id),
        keys=len(keys.list_keys(connection, found.id)),
        endpoints=len(list_endpoints(connection, found.id)),
        open_jobs=quotas.count_open_jobs(connection, found.id, at_most=MANY),
        closed=found.deleted_at is not None,
    )
