"""Deliveries from the transaction that made their event to the receiver, on both databases."""

import json
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from pipeline.access.signing import rotate_keyring, show_keyring
from pipeline.delivery.endpoints import create_endpoint, get_endpoint, remove_endpoint, switch_endpoint
from pipeline.jobs.deliveries import deliver_next
from pipeline.jobs.delivery_history import Wanted, replay_failed, show_delivery
from pipeline.services import Services
from pipeline.stores.records import deliveries, receivers
from pipeline.stores.records.database import Database
from pipeline.stores.records.deliveries import DeliveryRecord
from tests.support.receiver import Receiver, receiver
from tests.support.services import WORKSPACE, handlers, make_services, submit, work_all


@pytest.fixture
def inbox():
    with receiver() as running:
        yield running


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    return make_services(database, tmp_path, webhooks={"allow": ["127.0.0.0/8"], "timeout_seconds": 2.0})


def finish(services: Services, **options: object) -> None:
    submit(services, **options)
    work_all(services, handlers())


def known(services: Services) -> list[DeliveryRecord]:
    with services.database.read() as connection:
        return deliveries.list_deliveries(connection, WORKSPACE)


def make_due(services: Services) -> None:
    """The waits between attempts are over."""
    with services.database.write() as connection:
        connection.execute(
            deliveries.deliveries.update()
            .where(deliveries.deliveries.c.status == "pending")
            .values(next_attempt_at=0.0)
        )


def verified(inbox: Receiver, secret: str) -> list[dict]:
    return [Webhook(secret).verify(body, headers) for headers, body in inbox.received]


def test_each_attempt_has_the_same_id_and_body_and_a_signature_that_verifies(services, inbox):
    made = create_endpoint(services, inbox.url, [], workspace_id=WORKSPACE, actor="test")
    finish(services)
    inbox.status = 503
    for _ in range(3):
        assert deliver_next(services)
        make_due(services)
    inbox.status = 200
    assert deliver_next(services)
    assert not deliver_next(services)
    assert len(inbox.received) == 4
    assert len({headers["webhook-id"] for headers, _ in inbox.received}) == 1
    assert len({body for _, body in inbox.received}) == 1
    assert len(verified(inbox, made.keyring.present.secret)) == 4
    (delivery,) = known(services)
    assert (delivery.status, delivery.attempts, delivery.last_status) == ("delivered", 4, 200)


def test_no_delivery_fails_to_verify_while_a_secret_is_changed(services, inbox):
    made = create_endpoint(services, inbox.url, [], workspace_id=WORKSPACE, actor="test")
    old = made.keyring.present.secret
    options = {"workspace_id": WORKSPACE, "endpoint_id": made.record.id}
    finish(services)
    new = rotate_keyring(services, **options, overlap_seconds=60.0, actor="test").keyring.present.secret
    assert deliver_next(services)
    assert verified(inbox, old) == verified(inbox, new)
    assert show_keyring(services, **options).keyring.present.secret == new
    rotate_keyring(services, **options, overlap_seconds=0, actor="test")
    finish(services, content=b"other words")
    assert deliver_next(services)
    with pytest.raises(Exception, match="No matching signature"):
        verified(inbox, new)


def test_410_switches_the_endpoint_off_and_nothing_more_goes_there(services, inbox):
    made = create_endpoint(services, inbox.url, [], workspace_id=WORKSPACE, actor="test")
    finish(services)
    inbox.status = 410
    assert deliver_next(services)
    found = get_endpoint(services, made.record.id, workspace_id=WORKSPACE)
    assert (found.enabled, found.disabled_reason) == (False, "the receiver answered 410 Gone")
    finish(services, content=b"other words")
    assert not deliver_next(services)
    assert len(inbox.received) == 1


def test_an_upload_has_its_deliveries_signed_by_the_workspace(services, inbox):
    finish(services, webhook_url=inbox.url)
    assert deliver_next(services)
    (_, body) = inbox.received[0]
    assert json.loads(body)["type"] == "job.succeeded"
    secret = show_keyring(services, workspace_id=WORKSPACE).keyring.present.secret
    assert verified(inbox, secret)


def test_what_waits_for_a_removed_endpoint_is_not_sent(services, inbox):
    made = create_endpoint(services, inbox.url, [], workspace_id=WORKSPACE, actor="test")
    finish(services)
    remove_endpoint(services, made.record.id, workspace_id=WORKSPACE, actor="test")
    assert not deliver_next(services)
    assert [delivery.status for delivery in known(services)] == ["cancelled"]
    assert inbox.received == []


def let_pass(services: Services, **columns: float) -> None:
    """As if the receivers' times were over."""
    with services.database.write() as connection:
        connection.execute(receivers.receivers.update().values(**columns))


def test_five_failures_open_the_breaker_and_one_success_closes_it(services, inbox):
    create_endpoint(services, inbox.url, [], workspace_id=WORKSPACE, actor="test")
    inbox.status = 500
    for number in range(3):
        finish(services, content=f"words {number}".encode())
    for _ in range(5):
        assert deliver_next(services)
        make_due(services)
    assert not deliver_next(services), "it is left alone"
    assert len(inbox.received) == 5
    attempts = sum(delivery.attempts for delivery in known(services))
    assert attempts == 5, "what waits uses up no attempts"
    let_pass(services, open_until=1.0)
    assert deliver_next(services)
    make_due(services)
    assert not deliver_next(services), "one try, and it is left alone again"
    let_pass(services, open_until=1.0)
    inbox.status = 200
    while deliver_next(services):
        pass
    assert {delivery.status for delivery in known(services)} == {"delivered"}
    with services.database.read() as connection:
        assert receivers.count_open(connection) == 0


def test_a_receiver_that_only_fails_is_given_up_and_all_is_replayed_when_it_is_back(services, inbox):
    made = create_endpoint(services, inbox.url, [], workspace_id=WORKSPACE, actor="test")
    for number in range(3):
        finish(services, content=f"words {number}".encode())
    inbox.status = 500
    for _ in range(6):
        let_pass(services, open_until=1.0, failing_since=1.0)
        deliver_next(services)
        make_due(services)
    endpoint = get_endpoint(services, made.record.id, workspace_id=WORKSPACE)
    assert not endpoint.enabled
    assert "nothing but failures" in endpoint.disabled_reason
    assert {delivery.status for delivery in known(services)} == {"failed"}
    inbox.status = 200
    assert replay_failed(services, Wanted(), workspace_id=WORKSPACE, actor="test") == 0, "it is off"
    switch_endpoint(services, made.record.id, enabled=True, workspace_id=WORKSPACE, actor="test")
    assert replay_failed(services, Wanted(until=1.0), workspace_id=WORKSPACE, actor="test") == 0
    assert replay_failed(services, Wanted(endpoint_id="whk_0"), workspace_id=WORKSPACE, actor="test") == 0
    assert replay_failed(services, Wanted(), workspace_id=WORKSPACE, actor="test") == 3
    while deliver_next(services):
        pass
    assert {delivery.status for delivery in known(services)} == {"delivered"}


def test_each_attempt_is_kept_with_its_answer(services, inbox):
    finish(services, webhook_url=inbox.url)
    for inbox.status in (503, 200):
        assert deliver_next(services)
        make_due(services)
    _, attempts = show_delivery(services, known(services)[0].id, workspace_id=WORKSPACE)
    assert [each.status for each in attempts] == [503, 200]
    assert all(each.seconds > 0 for each in attempts)


def test_what_a_disabled_endpoint_was_to_get_is_kept_to_be_replayed(services, inbox):
    made = create_endpoint(services, inbox.url, [], workspace_id=WORKSPACE, actor="test")
    finish(services)
    switch_endpoint(services, made.record.id, enabled=False, workspace_id=WORKSPACE, actor="test")
    assert deliver_next(services)
    assert inbox.received == []
    assert [(each.status, each.last_error) for each in known(services)] == [("failed", "endpoint-off")]
