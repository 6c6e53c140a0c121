"""Deliveries of webhooks: one event for one receiver each, claimed, settled, replayed and given up."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from pipeline.stores.records.outbox import forget_rings
from pipeline.stores.records.receivers import add_receiver, receivers
from pipeline.stores.records.tables import metadata, now, record, records

DROPPED = b"{}"
"""The body of a delivery whose document was deleted."""
IDLE_SECONDS = 86_400.0
"""How long a receiver is known after its last delivery."""
FAILING_IDLE_SECONDS = 30 * IDLE_SECONDS
"""The same for one that failed then: giving it up (`webhooks.give_up_hours`) counts from its first failure."""

deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("workspace_id", String(40), ForeignKey("workspaces.id"), nullable=False),
    Column("endpoint_id", String(40)),
    Column("document_id", String(40)),
    Column("url", Text, nullable=False),
    Column("event", String(40), nullable=False),
    Column("event_id", String(60), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Float, nullable=False),
    Column("lease_until", Float),
    Column("last_status", Integer),
    Column("last_error", Text),
    Column("created_at", Float, nullable=False),
    Column("delivered_at", Float),
    Column("receiver", String(80), nullable=False, server_default=""),
    Column("traceparent", String(55)),
    Index(None, "status", "lease_until"),
    Index(None, "status", "created_at"),
    Index(None, "status", "workspace_id"),
    Index(None, "receiver", "status", "next_attempt_at"),
    Index(None, "workspace_id", "created_at", "id"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryRecord:
    """One event for one receiver. `body` is what is signed and sent, byte for byte; `event_id` is the webhook-id."""

    id: str
    workspace_id: str
    endpoint_id: str | None
    document_id: str | None
    url: str
    event: str
    event_id: str
    body: bytes
    status: str
    """`pending`, `sending`, `delivered`, `failed` (no attempt is left), `cancelled`."""
    attempts: int
    next_attempt_at: float
    lease_until: float | None
    last_status: int | None
    last_error: str | None
    created_at: float
    delivered_at: float | None
    receiver: str
    """Whose breaker and share of senders it falls under."""
    traceparent: str | None = None
    """The span that brought the event about, below which every attempt is traced."""


def add_delivery(
    connection: Connection,
    *,
    id: str,
    workspace_id: str,
    endpoint_id: str | None,
    document_id: str | None,
    url: str,
    event: str,
    event_id: str,
    body: bytes,
    receiver: str,
    traceparent: str | None = None,
) -> None:
    """A new delivery, due at once."""
    add_receiver(connection, receiver, workspace_id)
    connection.execute(
        insert(deliveries).values(
            id=id,
            workspace_id=workspace_id,
            endpoint_id=endpoint_id,
            document_id=document_id,
            url=url,
            event=event,
            event_id=event_id,
            body=body,
            receiver=receiver,
            traceparent=traceparent,
            status="pending",
            attempts=0,
            next_attempt_at=0.0,
            created_at=now(),
        )
    )


_other = deliveries.alias()
_DUE = or_(
    and_(deliveries.c.status == "pending", deliveries.c.next_attempt_at <= now()),
    and_(deliveries.c.status == "sending", deliveries.c.lease_until < now()),
)


def _in_flight(receiver: ColumnElement[str]) -> ColumnElement[int]:
    """How many deliveries are on their way to a receiver."""
    query = select(func.count()).where(
        _other.c.receiver == receiver, _other.c.status == "sending", _other.c.lease_until >= now()
    )
    return query.scalar_subquery()


# One that fails is tried with a single delivery at a time, so that it holds one sender at most.
_ROOM = case((receivers.c.failures > 0, 1), else_=bindparam("parallel", type_=Integer))
_NEXT_RECEIVER = (
    select(receivers.c.id)
    .where(
        or_(receivers.c.open_until.is_(None), receivers.c.open_until <= now()),
        select(deliveries.c.id).where(deliveries.c.receiver == receivers.c.id, _DUE).exists(),
        _in_flight(receivers.c.id) < _ROOM,
    )
    .order_by(receivers.c.served_at)
    .limit(1)
    .with_for_update(skip_locked=True, of=receivers)
)
_FIRST = (
    select(deliveries.c.id)
    .where(deliveries.c.receiver == bindparam("chosen"), _DUE)
    .order_by(deliveries.c.next_attempt_at, deliveries.c.created_at)
    .limit(1)
    .with_for_update(skip_locked=True)
    .scalar_subquery()
)
_CLAIM = (
    update(deliveries)
    .where(deliveries.c.id == _FIRST)
    .values(
        status="sending",
        attempts=deliveries.c.attempts + 1,
        lease_until=now() + bindparam("lease_seconds", type_=Float),
    )
    .returning(deliveries)
)
_SERVED = update(receivers).where(receivers.c.id == bindparam("chosen")).values(served_at=now())


def claim_delivery(connection: Connection, *, lease_seconds: float, parallel: int = 2) -> DeliveryRecord | None:
    """Take a delivery that is due, or whose sender was lost, of the receiver that was served longest ago.

    A receiver that is left alone gets none, and none gets more than `parallel` at a time.
    """
    chosen = connection.execute(_NEXT_RECEIVER, {"parallel": parallel}).scalar()
    if chosen is None:
        return None
    connection.execute(_SERVED, {"chosen": chosen})
    row = connection.execute(_CLAIM, {"chosen": chosen, "lease_seconds": lease_seconds}).mappings().first()
    return record(DeliveryRecord, row) if row else None


def settle_delivery(
    connection: Connection,
    delivery: DeliveryRecord,
    *,
    status: str,
    retry_in: float | None,
    last_status: int | None,
    last_error: str | None,
) -> bool:
    """Note how an attempt ended; `False` when another sender has taken it since."""
    changes: dict[str, Any] = {
        "status": status,
        "lease_until": None,
        "last_status": last_status,
        "last_error": last_error,
    }
    if status == "delivered":
        changes["delivered_at"] = now()
    if retry_in is not None:
        changes["next_attempt_at"] = now() + literal(retry_in)
    settled = connection.execute(
        update(deliveries)
        .where(
            deliveries.c.id == delivery.id,
            deliveries.c.attempts == delivery.attempts,
            deliveries.c.status == "sending",
        )
        .values(**changes)
    )
    return settled.rowcount == 1


def lost_deliveries(connection: Connection) -> int:
    """How many are being sent by nobody: their lease ran out."""
    query = (
        select(func.count())
        .select_from(deliveries)
        .where(deliveries.c.status == "sending", deliveries.c.lease_until < now())
    )
    return int(connection.execute(query).scalar_one())


def get_delivery(connection: Connection, workspace_id: str, delivery_id: str) -> DeliveryRecord | None:
    """One delivery of the workspace."""
    query = select(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.workspace_id == workspace_id)
    row = connection.execute(query).mappings().first()
    return record(DeliveryRecord, row) if row else None


def list_deliveries(
    connection: Connection,
    workspace_id: str,
    *,
    status: str | None = None,
    endpoint_id: str | None = None,
    since: float | None = None,
    until: float | None = None,
    after: tuple[float, str] | None = None,
    limit: int = 100,
) -> list[DeliveryRecord]:
    """Newest first; `after` is the time and id of the last one already seen, `until` is not included."""
    query = select(deliveries).where(deliveries.c.workspace_id == workspace_id)
    if status is not None:
        query = query.where(deliveries.c.status == status)
    if endpoint_id is not None:
        query = query.where(deliveries.c.endpoint_id == endpoint_id)
    if since is not None:
        query = query.where(deliveries.c.created_at >= since)
    if until is not None:
        query = query.where(deliveries.c.created_at < until)
    if after is not None:
        time, last = after
        query = query.where(
            or_(deliveries.c.created_at < time, and_(deliveries.c.created_at == time, deliveries.c.id < last))
        )
    query = query.order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc()).limit(limit)
    return records(DeliveryRecord, connection.execute(query).mappings())


def replay_delivery(connection: Connection, delivery_id: str) -> bool:
    """Send it again, from the first attempt on, with the same webhook-id.

    `False`, and nothing is changed, when it has not ended or its document is gone: whoever looked at it may be late.
    """
    replayed = connection.execute(
        update(deliveries)
        .where(
            deliveries.c.id == delivery_id,
            deliveries.c.status.in_(("delivered", "failed")),
            deliveries.c.body != DROPPED,
        )
        .values(status="pending", attempts=0, next_attempt_at=0.0, lease_until=None, delivered_at=None)
        .returning(deliveries.c.receiver, deliveries.c.workspace_id)
    ).first()
    if replayed is None:
        return False
    add_receiver(connection, *replayed)
    return True


def fail_pending(connection: Connection, receiver: str, *, reason: str) -> int:
    """What waits for a receiver is given up, to be replayed by whoever mends it; how many."""
    waiting = (deliveries.c.receiver == receiver) & (deliveries.c.status == "pending")
    return _end_unsent(connection, waiting, status="failed", reason=reason)


def cancel_pending(connection: Connection, endpoint_id: str, *, reason: str) -> int:
    """What waits for an endpoint is never sent; how many."""
    waiting = (deliveries.c.endpoint_id == endpoint_id) & (deliveries.c.status == "pending")
    return _end_unsent(connection, waiting, status="cancelled", reason=reason)


def cancel_all(connection: Connection, workspace_id: str, *, reason: str) -> int:
    """Nothing more is sent for the workspace; how many were waiting."""
    waiting = (deliveries.c.workspace_id == workspace_id) & (deliveries.c.status == "pending")
    return _end_unsent(connection, waiting, status="cancelled", reason=reason)


def is_known(connection: Connection, delivery_id: str) -> bool:
    """Whether the delivery is there still, and stays until the transaction ends."""
    query = select(deliveries.c.id).where(deliveries.c.id == delivery_id)
    return connection.execute(query.with_for_update(key_share=True)).first() is not None


def _end_unsent(connection: Connection, which: ColumnElement[bool], *, status: str, reason: str) -> int:
    """End deliveries that nobody will claim, and with them their rings, which no claim would ever answer; how many."""
    ended = connection.execute(
        update(deliveries).where(which).values(status=status, last_error=reason).returning(deliveries.c.id)
    )
    ids = ended.scalars().all()
    forget_rings(connection, ids)
    return len(ids)


_open_deliveries = deliveries.c.status.in_(("pending", "sending"))


def expire_receivers(connection: Connection) -> int:
    """Forget receivers that have had nothing for a while and have nothing to get; how many.

    Each claim looks through all receivers, and each host that an upload names is one. A delivery that is added at this
    very moment may be left without its receiver, and would be claimed by nobody: the next call brings it back.
    """
    known = select(receivers.c.id).where(receivers.c.id == deliveries.c.receiver).exists()
    orphaned = select(deliveries.c.receiver, deliveries.c.workspace_id).where(_open_deliveries, ~known).distinct()
    orphaned = orphaned.order_by(deliveries.c.receiver)  # whoever adds several does not cross another who does
    for receiver, workspace_id in connection.execute(orphaned).all():
        add_receiver(connection, receiver, workspace_id)
    wanted = select(deliveries.c.id).where(deliveries.c.receiver == receivers.c.id, _open_deliveries).exists()
    idle = case((receivers.c.failures == 0, IDLE_SECONDS), else_=FAILING_IDLE_SECONDS)
    expired = connection.execute(delete(receivers).where(receivers.c.served_at < now() - idle, ~wanted))
    return expired.rowcount


def drop_document_bodies(connection: Connection, document_id: str) -> None:
    """A deleted document's events go out no more, and nothing of it stays in the history."""
    unsent = (deliveries.c.document_id == document_id) & (deliveries.c.status != "delivered")
    _end_unsent(connection, unsent, status="cancelled", reason="the document was deleted")
    connection.execute(update(deliveries).where(deliveries.c.document_id == document_id).values(body=DROPPED))
    # What came with the upload goes with the document; an endpoint's address is the workspace's.
    of_upload = deliveries.c.endpoint_id.is_(None)
    connection.execute(update(deliveries).where(deliveries.c.document_id == document_id, of_upload).values(url=""))
