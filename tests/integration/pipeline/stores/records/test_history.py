"""What of the history of webhooks is forgotten, and what is kept."""

import pytest

from pipeline.stores.records import deliveries, receivers
from pipeline.stores.records.database import Database
from pipeline.stores.records.history import expire_history
from pipeline.stores.records.tables import now
from tests.support.rows import add_workspace

DAY = 86_400.0
STATUSES = ("delivered", "cancelled", "failed", "pending", "sending")


def add(database: Database, name: str, status: str, *, days: float, delivered_days: float | None = None) -> None:
    """A delivery of so many days ago, with an attempt."""
    rows = deliveries.deliveries
    with database.write() as connection:
        deliveries.add_delivery(
            connection,
            id=name,
            workspace_id="ws_1",
            endpoint_id=None,
            document_id=None,
            url="https://a",
            event="job.failed",
            event_id=f"evt_{name}",
            body=b"{}",
            receiver="url_1",
        )
        delivered = None if delivered_days is None else now() - delivered_days * DAY
        changed = rows.update().where(rows.c.id == name)
        connection.execute(changed.values(status=status, created_at=now() - days * DAY, delivered_at=delivered))
        receivers.add_attempt(connection, name, status=200, error=None, seconds=0.1)


def left(database: Database) -> dict[str, int]:
    """The deliveries, and how many attempts each has."""
    with database.read() as connection:
        found = deliveries.list_deliveries(connection, "ws_1")
        return {each.id: len(receivers.list_attempts(connection, each.id)) for each in found}


@pytest.fixture
def prepared(database: Database) -> Database:
    with database.write() as connection:
        add_workspace(connection)
    return database


def expire(database: Database, days: float = 90.0, limit: int = 100) -> int:
    with database.write() as connection:
        return expire_history(connection, older_than_seconds=days * DAY, limit=limit)


def test_what_arrived_or_was_cancelled_long_ago_is_forgotten_with_its_attempts(prepared: Database) -> None:
    for status in STATUSES:
        add(prepared, f"old-{status}", status, days=91, delivered_days=91 if status == "delivered" else None)
        add(prepared, f"new-{status}", status, days=89)
    assert expire(prepared) == 2
    kept = {f"new-{status}" for status in STATUSES} | {"old-failed", "old-pending", "old-sending"}
    assert left(prepared) == dict.fromkeys(kept, 1)
    with prepared.read() as connection:
        assert receivers.list_attempts(connection, "old-delivered") == []
    assert expire(prepared) == 0


def test_what_was_replayed_counts_from_when_it_arrived(prepared: Database) -> None:
    add(prepared, "replayed", "delivered", days=400, delivered_days=1)
    assert expire(prepared) == 0
    assert expire(prepared, days=0.5) == 1


def test_much_is_forgotten_bit_by_bit(prepared: Database) -> None:
    for number in range(5):
        add(prepared, f"old-{number}", "delivered", days=100, delivered_days=100)
    assert [expire(prepared, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert left(prepared) == {}
