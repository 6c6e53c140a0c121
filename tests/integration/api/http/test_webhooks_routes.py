"""Webhook endpoints, deliveries and their replay."""

import pytest
from standardwebhooks.webhooks import Webhook

from pipeline.delivery.signer import sign
from pipeline.stores.records import deliveries

URL = "http://127.0.0.1:9999/hook"


def settle(house, status):
    """End the delivery that is due, as a sender would."""
    with house.services.database.write() as connection:
        delivery = deliveries.claim_delivery(connection, lease_seconds=30)
        deliveries.settle_delivery(
            connection, delivery, status=status, retry_in=None, last_status=500, last_error="status"
        )


@pytest.fixture(autouse=True)
def _settled(house):
    """Deliveries of other tests are not claimed here."""
    yield
    with house.services.database.write() as connection:
        while (delivery := deliveries.claim_delivery(connection, lease_seconds=30)) is not None:
            deliveries.settle_delivery(
                connection, delivery, status="failed", retry_in=None, last_status=None, last_error=None
            )


def test_an_endpoint_is_made_with_a_secret_that_is_shown_once(client):
    response = client.post("/v1/webhooks", json={"url": URL, "events": ["job.succeeded"]})
    assert response.status_code == 201
    made = response.json()
    assert response.headers["location"] == f"/v1/webhooks/{made['id']}"
    assert (made["events"], made["enabled"]) == (["job.succeeded"], True)
    assert made["secret"] not in client.get("/v1/webhooks").text
    signed = sign([made["secret"]], message_id="evt_1", timestamp=2_000_000_000, body=b"{}")
    assert Webhook(made["secret"]).sign("evt_1", _moment(2_000_000_000), "{}") == signed["webhook-signature"]


def _moment(seconds):
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC)


def test_the_workspace_has_one_secret_for_uploads(house, client):
    first = client.get("/v1/webhooks/secret").json()["secret"]
    assert first.startswith("whsec_")
    assert client.get("/v1/webhooks/secret").json()["secret"] == first
    assert house.tenant().get("/v1/webhooks/secret").json()["secret"] != first


def test_a_secret_is_changed_and_the_old_one_signs_for_a_while(house, client, problem):
    made = client.post("/v1/webhooks", json={"url": URL}).json()
    assert client.get(f"/v1/webhooks/{made['id']}/key").json() == {
        "public_key": made["public_key"],
        "overlap_until": None,
    }
    for path, old in (
        (f"/v1/webhooks/{made['id']}", made),
        ("/v1/webhooks/secret", client.get("/v1/webhooks/secret").json()),
    ):
        new = client.post(f"{path}/rotate", json={"overlap_seconds": 3600}).json()
        assert new["secret"] != old["secret"]
        assert new["public_key"] != old["public_key"]
        assert new["overlap_until"] is not None
        problem(client.post(f"{path}/rotate", json={}), 409, "conflict")
        leaked = client.post(f"{path}/rotate", json={"overlap_seconds": 0}).json()
        assert leaked["overlap_until"] is None
        assert leaked["secret"] not in {old["secret"], new["secret"]}
    assert client.get("/v1/webhooks/secret").json() == leaked
    assert client.get(f"/v1/webhooks/{made['id']}/key").json()["public_key"] != made["public_key"]
    problem(client.post("/v1/webhooks/whk_0/rotate", json={}), 404, "not-found")
    problem(house.tenant().post(f"/v1/webhooks/{made['id']}/rotate", json={}), 404, "not-found")
    problem(house.tenant().get(f"/v1/webhooks/{made['id']}/key"), 404, "not-found")
    problem(client.post("/v1/webhooks/secret/rotate", json={"overlap_seconds": 604801}), 422, "invalid-request")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"url": "http://10.0.0.1/hook"}, "invalid-webhook-url"),
        ({"url": "https://user:pass@example.org/"}, "invalid-webhook-url"),
        ({"url": "not a url"}, "invalid-webhook-url"),
        ({"url": URL, "events": ["job.exploded"]}, "invalid-request"),
        ({"url": URL, "events": []}, "invalid-request"),
        ({}, "invalid-request"),
    ],
)
def test_an_endpoint_that_cannot_be_called_is_refused(client, problem, body, kind):
    problem(client.post("/v1/webhooks", json=body), 422, kind)


def test_an_endpoint_is_switched_off_and_on_and_removed(house, client, problem):
    made = client.post("/v1/webhooks", json={"url": URL}).json()
    path = f"/v1/webhooks/{made['id']}"
    off = client.patch(path, json={"enabled": False}).json()
    assert (off["enabled"], off["events"]) == (False, None)
    assert off["disabled_reason"]
    house.upload(client)
    house.work()
    assert client.get("/v1/webhooks/deliveries").json()["items"] == []
    assert client.patch(path, json={"enabled": True}).json()["disabled_reason"] is None
    assert client.delete(path).status_code == 204
    problem(client.get(path), 404, "not-found")
    problem(client.patch(path, json={"enabled": True}), 404, "not-found")
    problem(client.delete(path), 404, "not-found")


def test_a_finished_job_makes_a_delivery_for_each_receiver(house, client):
    made = client.post("/v1/webhooks", json={"url": URL}).json()
    client.post("/v1/webhooks", json={"url": URL, "events": ["job.failed"]})
    house.upload(client, webhook_url="http://127.0.0.1:9999/upload")
    house.work()
    found = client.get("/v1/webhooks/deliveries").json()["items"]
    assert {(d["endpoint_id"], d["url"]) for d in found} == {
        (made["id"], URL),
        (None, "http://127.0.0.1:9999/upload"),
    }
    assert {d["event"] for d in found} == {"job.succeeded"}
    assert {d["status"] for d in found} == {"pending"}
    assert len({d["event_id"] for d in found}) == 1
    assert client.get("/v1/webhooks/deliveries?status=delivered").json()["items"] == []


def test_a_failed_delivery_is_replayed_and_a_pending_one_is_not(house, client, problem):
    house.upload(client, webhook_url=URL)
    house.work()
    delivery = client.get("/v1/webhooks/deliveries").json()["items"][0]
    path = f"/v1/webhooks/deliveries/{delivery['id']}/replay"
    body = problem(client.post(path), 409, "conflict")
    assert body["delivery_status"] == "pending"
    settle(house, "failed")
    failed = client.get("/v1/webhooks/deliveries?status=failed").json()["items"][0]
    assert (failed["attempts"], failed["last_status"], failed["next_attempt_at"]) == (1, 500, None)
    response = client.post(path)
    assert response.status_code == 202
    assert (response.json()["status"], response.json()["attempts"]) == ("pending", 0)
    assert response.json()["event_id"] == delivery["event_id"]
    problem(client.post("/v1/webhooks/deliveries/dlv_0/replay"), 404, "not-found")


def test_a_delivery_tells_of_its_attempts_and_all_that_failed_are_replayed(house, client, problem):
    house.upload(client, webhook_url=URL)
    house.work()
    settle(house, "failed")
    delivery = client.get("/v1/webhooks/deliveries").json()["items"][0]
    assert client.get(f"/v1/webhooks/deliveries/{delivery['id']}").json() == {**delivery, "history": []}
    problem(house.tenant().get(f"/v1/webhooks/deliveries/{delivery['id']}"), 404, "not-found")
    assert client.get("/v1/webhooks/deliveries?endpoint_id=whk_0").json()["items"] == []
    before = {"until": "2001-01-01T00:00:00Z"}
    assert house.tenant().post("/v1/webhooks/deliveries/replay", json={}).json() == {"replayed": 0}
    assert client.post("/v1/webhooks/deliveries/replay", json=before).json() == {"replayed": 0}
    assert client.post("/v1/webhooks/deliveries/replay", json={}).json() == {"replayed": 1}


def test_deliveries_are_listed_page_by_page(house, client):
    for number in range(3):
        house.upload(client, b"text %d" % number, webhook_url=URL)
    house.work()
    page = client.get("/v1/webhooks/deliveries?limit=2").json()
    rest = client.get("/v1/webhooks/deliveries", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert len({d["id"] for d in page["items"] + rest["items"]}) == 3
    assert rest["next_cursor"] is None
