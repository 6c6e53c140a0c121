"""What was sent, how each attempt ended, and sending it again."""

from dataclasses import dataclass

from sqlalchemy import Connection

from pipeline.errors import ConflictError, NotFound
from pipeline.jobs.views import Place
from pipeline.services import Services
from pipeline.stores.records import audit, deliveries, endpoints, outbox, receivers
from pipeline.stores.records.deliveries import DeliveryRecord
from pipeline.stores.records.receivers import AttemptRecord

REPLAYED_AT_ONCE = 1_000
"""Most deliveries that one call replays."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which deliveries of a workspace; times are seconds since 1970, `until` is not included."""

    status: str | None = None
    endpoint_id: str | None = None
    since: float | None = None
    until: float | None = None


def list_deliveries(
    services: Services, *, workspace_id: str, wanted: Wanted, after: Place | None, limit: int
) -> tuple[list[DeliveryRecord], Place | None]:
    """Newest first, and where the next page begins."""
    with services.database.read() as connection:
        found = deliveries.list_deliveries(
            connection,
            workspace_id,
            status=wanted.status,
            endpoint_id=wanted.endpoint_id,
            since=wanted.since,
            until=wanted.until,
            after=after,
            limit=limit + 1,
        )
    shown, more = found[:limit], len(found) > limit
    return shown, (shown[-1].created_at, shown[-1].id) if more else None


def show_delivery(
    services: Services, delivery_id: str, *, workspace_id: str
) -> tuple[DeliveryRecord, list[AttemptRecord]]:
    """A delivery and its attempts.

    Raises:
        NotFound: the workspace has no such delivery.
    """
    with services.database.read() as connection:
        delivery = deliveries.get_delivery(connection, workspace_id, delivery_id)
        if delivery is None:
            raise _missing(delivery_id)
        return delivery, receivers.list_attempts(connection, delivery_id)


def replay(services: Services, delivery_id: str, *, workspace_id: str, actor: str) -> DeliveryRecord:
    """Send a delivery again, with the same webhook-id and all attempts before it; the delivery as it is then.

    Raises:
        NotFound: the workspace has no such delivery.
        ConflictError: it is still being delivered, or its endpoint or document is gone.
    """
    with services.database.write() as connection:
        delivery = deliveries.get_delivery(connection, workspace_id, delivery_id)
        if delivery is None:
            raise _missing(delivery_id)
        if delivery.status not in {"delivered", "failed"}:
            on_its_way = "" if delivery.status == "cancelled" else ": it goes out by itself"
            raise ConflictError(f"the delivery is {delivery.status}{on_its_way}", delivery_status=delivery.status)
        if not _can_go(connection, delivery):
            raise ConflictError("the delivery's endpoint or document is gone", delivery_status=delivery.status)
        if not _again(connection, delivery, actor):
            raise ConflictError("the delivery was replayed or cancelled meanwhile")
        replayed = deliveries.get_delivery(connection, workspace_id, delivery_id)
    assert replayed is not None
    services.doorbell.ring("deliver")
    return replayed


def replay_failed(services: Services, wanted: Wanted, *, workspace_id: str, actor: str) -> int:
    """Send the failed deliveries again that are wanted and whose endpoint is on, at most `REPLAYED_AT_ONCE`."""
    with services.database.write() as connection:
        failed = deliveries.list_deliveries(
            connection,
            workspace_id,
            status="failed",
            endpoint_id=wanted.endpoint_id,
            since=wanted.since,
            until=wanted.until,
            limit=REPLAYED_AT_ONCE,
        )
        able = [delivery for delivery in failed if _can_go(connection, delivery)]
        replayed = sum(_again(connection, delivery, actor) for delivery in able)
    services.doorbell.ring("deliver")
    return replayed


def _again(connection: Connection, delivery: DeliveryRecord, actor: str) -> bool:
    """`False` when somebody else has replayed it, or its document was deleted, since it was looked at."""
    if not deliveries.replay_delivery(connection, delivery.id):
        return False
    outbox.add_rings(connection, {delivery.id: "deliver"})
    audit.add_event(
        connection,
        workspace_id=delivery.workspace_id,
        actor=actor,
        action="delivery.replayed",
        object_id=delivery.id,
    )
    return True


def _can_go(connection: Connection, delivery: DeliveryRecord) -> bool:
    if delivery.body == deliveries.DROPPED:
        return False
    if delivery.endpoint_id is None:
        return True
    endpoint = endpoints.get_endpoint(connection, delivery.workspace_id, delivery.endpoint_id)
    return endpoint is not None and endpoint.enabled


def _missing(delivery_id: str) -> NotFound:
    return NotFound(f"there is no delivery {delivery_id[:60]}", id=delivery_id[:60])
