"""The audit log over REST."""

from datetime import datetime

from pipeline.access.audit_chain import Link, microseconds_of, verify


def test_what_keys_did_is_told_in_pages_whose_chain_holds(house, client):
    document = house.upload(client, b"A secret word.")["document"]["id"]
    made = client.post("/v1/keys", json={"name": "a", "scopes": ["read"]}).json()
    client.delete(f"/v1/documents/{document}")
    events, cursor = [], None
    while True:
        page = client.get("/v1/audit", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        events += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert [(event["action"], event["object_id"]) for event in events[1:]] == [
        ("document.accepted", document),
        ("key.issued", made["id"]),
        ("document.deleted", document),
    ]
    assert {event["actor"] for event in events[1:]} == {f"key:{events[0]['object_id']}"}
    links = [
        Link(at=microseconds_of(datetime.fromisoformat(event.pop("created_at"))), **event)
        for event in map(dict, events)
    ]
    verdict = verify(links)
    assert (verdict.holds, verdict.events) == (True, 4)
    assert not verify([*links[:2], *links[3:]]).holds
