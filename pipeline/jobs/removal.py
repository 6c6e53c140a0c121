"""Removing what a closed workspace holds: each document as a person deletes it, then all rows, and a receipt."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from pipeline.access.closing import REMOVED
from pipeline.access.issuing import SYSTEM
from pipeline.errors import NotFound, StoreError
from pipeline.jobs.deletion import Receipt, delete_document, purge
from pipeline.services import Services
from pipeline.stores.records import audit, documents, erasure, workspaces
from pipeline.stores.records.usage_totals import fold

log = logging.getLogger("sheaf.jobs")

AT_A_TIME = 100


def remove_closed(services: Services, *, until: float) -> bool:
    """Go on removing closed workspaces, until that moment of `time.monotonic`; whether to go on without a pause."""
    with services.database.read() as connection:
        closed = [one.id for one in workspaces.list_workspaces(connection) if one.deleted_at is not None]
    more = False
    for workspace_id in closed:
        try:
            more = _remove(services, workspace_id, until) or more
        except StoreError as error:
            log.warning("the deletion of workspace %s waits: %s", workspace_id, error)
        except Exception:
            # It may come first every time: it must not keep those behind it.
            log.exception("the deletion of workspace %s waits", workspace_id)
    return more


def _remove(services: Services, workspace_id: str, until: float) -> bool:
    """Whether there is more to remove than there was time for."""
    while time.monotonic() < until:
        if not (_delete_some(services, workspace_id, until) or _erase_some(services, workspace_id)):
            _end(services, workspace_id)
            return False
    return True


def _delete_some(services: Services, workspace_id: str, until: float) -> bool:
    """Delete documents, and end deletions that were interrupted; whether any was."""
    with services.database.read() as connection:
        present = [one.id for one in documents.list_documents(connection, workspace_id, after=None, limit=AT_A_TIME)]
        begun = documents.deleted_documents(connection, workspace_id=workspace_id, limit=AT_A_TIME)
    work = [partial(delete_document, services, one, workspace_id=workspace_id, actor=SYSTEM) for one in present]
    work += [partial(purge, services, one.id, workspace_id=workspace_id) for one in begun]
    ended, removed = 0, Counter[str]()
    try:
        for delete in work:
            if time.monotonic() >= until:
                break
            gone = _receipt(delete, workspace_id)
            if gone is not None:
                ended += 1
                removed.update(files=gone.blobs, passages=gone.chunks, vectors=gone.vectors)
    finally:
        if removed.total():
            with services.database.write() as connection:
                workspaces.add_removed(connection, workspace_id, removed)
    return ended > 0


def _receipt(delete: Callable[[], Receipt], workspace_id: str) -> Receipt | None:
    try:
        return delete()
    except NotFound:  # retention, or another sweeper, was faster
        return None
    except StoreError:
        raise
    except Exception:
        # The same document comes first every time: it must not keep those behind it.
        log.exception("a document of workspace %s is not deleted", workspace_id)
        return None


def _erase_some(services: Services, workspace_id: str) -> bool:
    """Remove rows; whether there were any."""
    with services.database.write() as connection:
        gone = erasure.erase_documents(connection, workspace_id)
        if gone:
            workspaces.add_removed(connection, workspace_id, {"documents": gone})
            return True
    _fold_usage(services)
    with services.database.write() as connection:
        return erasure.erase_some(connection, workspace_id) > 0


def _fold_usage(services: Services) -> None:
    """What was spent stays in the sums of all workspaces."""
    more = True
    while more:
        with services.database.write() as connection:
            more = fold(connection, at_least=1)


def _end(services: Services, workspace_id: str) -> None:
    """The last rows, once nothing is left anywhere; from here on nobody knows the workspace."""
    files = services.blobs.delete_prefix(f"{workspace_id}/")
    points = services.vectors.count(workspace_id=workspace_id)
    if points:
        log.warning("the deletion of workspace %s waits: %d points are left in the index", workspace_id, points)
        return
    with services.database.write(durable=True) as connection:
        erasure.lock_whole(connection, workspace_id)
        workspace = workspaces.get_workspace(connection, workspace_id)
        if workspace is None:  # another sweeper was faster
            return
        left = erasure.leftovers(connection, workspace_id)
        if left:
            log.info("the deletion of workspace %s goes on: rows are left in %s", workspace_id, ", ".join(left))
            return
        counts = Counter(workspace.removed) + Counter(files=files)
        audit.add_event(
            connection,
            workspace_id=workspace_id,
            actor=SYSTEM,
            action=REMOVED,
            object_id=workspace_id,
            even_deleted=True,
            named={name: counts[name] for name in ("documents", "bytes", "files", "passages", "vectors")},
        )
        erasure.erase_workspace(connection, workspace_id)
    log.info("workspace %s is gone", workspace_id)
