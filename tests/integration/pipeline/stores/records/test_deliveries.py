"""Deliveries: claimed once, retried when due, replayed with the same id."""

import threading

import pytest
from sqlalchemy import select

from pipeline.stores.records import deliveries, endpoints, outbox, receivers
from pipeline.stores.records.database import Database
from pipeline.stores.records.deliveries import DeliveryRecord
from pipeline.stores.records.tables import now
from tests.support.rows import add_workspace


@pytest.fixture
def prepared(database: Database) -> Database:
    with database.write() as connection:
        add_workspace(connection)
        endpoints.add_endpoint(
            connection, id="ep_1", workspace_id="ws_1", url="https://a", events=["job.failed"], secret="sealed"
        )
    return database


def add(database: Database, delivery_id: str, endpoint_id: str | None = None, document_id: str | None = None) -> None:
    with database.write() as connection:
        deliveries.add_delivery(
            connection,
            id=delivery_id,
            workspace_id="ws_1",
            endpoint_id=endpoint_id,
            document_id=document_id,
            url="https://a",
            event="job.failed",
            event_id=f"evt_{delivery_id}",
            body=b'{"n":1}',
            receiver=endpoint_id or "url_1",
        )


def claim(database: Database, lease_seconds: float = 60.0) -> DeliveryRecord | None:
    with database.write() as connection:
        return deliveries.claim_delivery(connection, lease_seconds=lease_seconds, parallel=100)


def get(database: Database, delivery_id: str) -> DeliveryRecord:
    with database.read() as connection:
        found = deliveries.get_delivery(connection, "ws_1", delivery_id)
    assert found is not None
    return found


def settle(database: Database, delivery: DeliveryRecord, status: str, retry_in: float | None = None) -> bool:
    with database.write() as connection:
        return deliveries.settle_delivery(
            connection, delivery, status=status, retry_in=retry_in, last_status=None, last_error="timeout"
        )


def test_parallel_senders_never_share_a_delivery(prepared: Database) -> None:
    for number in range(20):
        add(prepared, f"dlv_{number}")
    seen: list[str] = []

    def work() -> None:
        while (delivery := claim(prepared)) is not None:
            seen.append(delivery.id)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == sorted(f"dlv_{number}" for number in range(20))


def test_a_failed_attempt_is_due_later_and_a_lost_senders_word_no_longer_counts(prepared: Database) -> None:
    add(prepared, "dlv_1")
    late = claim(prepared, lease_seconds=-1)
    assert late is not None
    with prepared.read() as connection:
        assert deliveries.lost_deliveries(connection) == 1
    again = claim(prepared)
    assert again is not None
    assert (again.id, again.attempts) == ("dlv_1", 2)
    assert not settle(prepared, late, "delivered")
    assert settle(prepared, again, "pending", retry_in=3600)
    assert claim(prepared) is None
    waiting = get(prepared, "dlv_1")
    assert (waiting.status, waiting.last_error, waiting.lease_until) == ("pending", "timeout", None)


def test_what_has_ended_is_replayed_once_and_what_has_not_is_left_as_it_is(prepared: Database) -> None:
    add(prepared, "dlv_1", document_id="doc_1")
    first = claim(prepared)
    assert first is not None

    def replay() -> bool:
        with prepared.write() as connection:
            return deliveries.replay_delivery(connection, "dlv_1")

    assert not replay(), "it is being sent: a second sender would send it twice"
    assert get(prepared, "dlv_1") == first
    assert settle(prepared, first, "failed")
    assert [replay(), replay()] == [True, False]
    replayed = claim(prepared)
    assert replayed is not None
    assert (replayed.attempts, replayed.event_id, replayed.body) == (1, "evt_dlv_1", b'{"n":1}')
    assert settle(prepared, replayed, "delivered")
    assert get(prepared, "dlv_1").delivered_at is not None
    with prepared.write() as connection:
        deliveries.drop_document_bodies(connection, "doc_1")
    assert not replay(), "its document is gone"


def test_what_ends_without_a_sender_is_rung_for_no_more(prepared: Database) -> None:
    """Nobody claims it, and only a claim answers a ring: the sweeper would ring for it each second for ever."""
    for delivery_id in ("of_endpoint", "of_document", "of_receiver", "kept"):
        endpoint_id = "ep_1" if delivery_id == "of_endpoint" else None
        add(prepared, delivery_id, endpoint_id, document_id=delivery_id)
    waiting = {"of_endpoint", "of_document", "of_receiver", "kept"}
    with prepared.write() as connection:
        change = deliveries.deliveries.update().where(deliveries.deliveries.c.id == "of_receiver")
        connection.execute(change.values(receiver="away"))
        outbox.add_rings(connection, dict.fromkeys(waiting, "deliver"))

    def rung() -> set[str]:
        with prepared.read() as connection:
            return set(connection.execute(select(outbox.outbox.c.subject)).scalars())

    with prepared.write() as connection:
        assert not endpoints.delete_endpoint(connection, "ws_2", "ep_1")
    assert rung() == waiting
    with prepared.write() as connection:
        assert endpoints.delete_endpoint(connection, "ws_1", "ep_1")
    assert rung() == waiting - {"of_endpoint"}
    with prepared.write() as connection:
        deliveries.drop_document_bodies(connection, "of_document")
        assert deliveries.fail_pending(connection, "away", reason="receiver-failing") == 1
    assert rung() == {"kept"}
    assert {d: get(prepared, d).status for d in waiting} == {
        "of_endpoint": "cancelled", "of_document": "cancelled", "of_receiver": "failed", "kept": "pending",
    }  # fmt: skip


def test_receivers_without_work_are_forgotten_and_come_back_with_it(prepared: Database) -> None:
    for receiver in ("healthy", "failing", "waiting", "fresh"):
        add(prepared, receiver, receiver)
    with prepared.write() as connection:
        state, sent = receivers.receivers, deliveries.deliveries
        connection.execute(sent.update().where(sent.c.id != "waiting").values(status="delivered"))
        connection.execute(state.update().values(served_at=now() - 2 * deliveries.IDLE_SECONDS))
        connection.execute(state.update().where(state.c.id == "failing").values(failures=3))
        connection.execute(state.update().where(state.c.id == "fresh").values(served_at=now()))
        assert deliveries.expire_receivers(connection) == 1
        assert receivers.get_receiver(connection, "healthy") is None
        connection.execute(state.update().where(state.c.id == "failing").values(served_at=1.0))
        assert deliveries.expire_receivers(connection) == 1
    with prepared.write() as connection:
        assert deliveries.replay_delivery(connection, "healthy")
        assert receivers.get_receiver(connection, "healthy") is not None
        connection.execute(state.delete().where(state.c.id == "waiting"))  # while a delivery was being added
        assert deliveries.expire_receivers(connection) == 0
    assert {d.id for d in (claim(prepared), claim(prepared)) if d} == {"healthy", "waiting"}


def test_lists_are_narrowed_and_paged_and_nothing_of_a_deleted_document_is_sent(prepared: Database) -> None:
    for number in range(3):
        add(prepared, f"dlv_{number}", document_id=f"doc_{number}")
    sent = claim(prepared)
    assert sent is not None
    settle(prepared, sent, "delivered")
    with prepared.write() as connection:
        for number in range(2):
            deliveries.drop_document_bodies(connection, f"doc_{number}")
        assert [d.id for d in deliveries.list_deliveries(connection, "ws_1", status="pending")] == ["dlv_2"]
        first = deliveries.list_deliveries(connection, "ws_1", limit=2)
        rest = deliveries.list_deliveries(connection, "ws_1", after=(first[-1].created_at, first[-1].id))
        assert {d.id for d in (*first, *rest)} == {"dlv_0", "dlv_1", "dlv_2"}
        assert deliveries.list_deliveries(connection, "ws_2") == []
    statuses = {number: get(prepared, f"dlv_{number}") for number in range(3)}
    assert statuses[int(sent.id[-1])].status == "delivered"
    assert {number: d.body for number, d in statuses.items()} == {0: b"{}", 1: b"{}", 2: b'{"n":1}'}
