"""The route about the audit log."""

from api.http import cursors
from api.http.access import Admin, ServicesHere
from api.http.cursors import Cursor, Limit
from api.http.routing import make_router
from pipeline.jobs.views import moment
from pipeline.stores.records import audit
from schemas.audit import AuditEvent
from schemas.lists import Listing

router = make_router("audit")


@router.get("/audit")
def list_audit_events(
    services: ServicesHere, caller: Admin, cursor: Cursor = None, limit: Limit = 50
) -> Listing[AuditEvent]:
    """Who did what in the workspace, oldest first, chained by hashes."""
    after = cursors.decode_number(cursor)
    with services.database.read() as connection:
        found = audit.list_events(connection, caller.workspace_id, after=after, limit=limit + 1)
    shown = found[:limit]
    place = cursors.encode(shown[-1].number) if len(found) > limit else None
    return Listing(items=[_view(event) for event in shown], next_cursor=place)


def _view(event: audit.AuditEvent) -> AuditEvent:
    return AuditEvent(
        created_at=moment(event.created_at),
        actor=event.actor,
        action=event.action,
        object_id=event.object_id,
        details=event.details,
        hash=event.hash,
    )
