"""The history of webhooks, forgotten after a while: what arrived, or was cancelled, with every attempt at it.

What failed is kept until somebody replays it, however long that takes.
"""

from sqlalchemy import Connection, Float, Integer, bindparam, delete, func, select

from pipeline.stores.records.deliveries import deliveries
from pipeline.stores.records.receivers import attempts
from pipeline.stores.records.tables import now

ENDED = ("delivered", "cancelled")

_SINCE = now() - bindparam("older_than", type_=Float)
_OLD = (
    select(deliveries.c.id)
    .where(
        deliveries.c.status.in_(ENDED),
        deliveries.c.created_at < _SINCE,
        # One that was replayed counts from when it arrived.
        func.coalesce(deliveries.c.delivered_at, deliveries.c.created_at) < _SINCE,
    )
    .limit(bindparam("at_most", type_=Integer))
    .with_for_update(skip_locked=True)
)


def expire_history(connection: Connection, *, older_than_seconds: float, limit: int) -> int:
    """Forget deliveries that ended so long ago, at most `limit` of them; how many."""
    old = connection.execute(_OLD, {"older_than": older_than_seconds, "at_most": limit}).scalars().all()
    if old:
        # In this order: row-level security knows whose an attempt is by its delivery.
        connection.execute(delete(attempts).where(attempts.c.delivery_id.in_(old)))
        connection.execute(delete(deliveries).where(deliveries.c.id.in_(old)))
    return len(old)
