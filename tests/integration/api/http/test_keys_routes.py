"""API keys."""

import pytest


def test_a_key_is_shown_once(house, client):
    response = client.post("/v1/keys", json={"name": "scanner", "scopes": ["ingest"], "expires_in": 3600})
    assert response.status_code == 201
    made = response.json()
    assert made["key"].startswith(f"sheaf_{made['id']}_")
    listed = next(key for key in client.get("/v1/keys").json()["items"] if key["id"] == made["id"])
    assert "key" not in listed
    assert made["key"] not in client.get("/v1/keys").text
    assert (listed["name"], listed["scopes"]) == ("scanner", ["ingest"])
    assert listed["expires_at"] > listed["created_at"]


def test_a_key_says_when_it_was_used(client):
    assert client.get("/v1/keys").json()["items"][0]["last_used_at"] is not None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "", "scopes": ["read"]},
        {"name": "a", "scopes": []},
        {"name": "a", "scopes": ["fly"]},
        {"name": "a", "scopes": ["read"], "expires_in": 0},
        {"name": "a", "scopes": ["read"], "expires_in": 1e300},
        {"name": "a", "scopes": ["read"], "colour": "red"},
    ],
)
def test_a_key_that_makes_no_sense_is_refused(client, problem, body):
    problem(client.post("/v1/keys", json=body), 422, "invalid-request")


def test_an_unknown_key_cannot_be_revoked(client, problem):
    problem(client.delete("/v1/keys/000000000000"), 404, "not-found")


def test_a_rotated_key_is_shown_once_and_the_old_one_opens_until_the_overlap_ends(house, client, problem):
    made = client.post("/v1/keys", json={"name": "scanner", "scopes": ["read"]}).json()
    old = house.client(Authorization=f"Bearer {made['key']}")
    response = client.post(f"/v1/keys/{made['id']}/rotate")
    assert response.status_code == 201
    successor = response.json()
    assert (successor["name"], successor["scopes"]) == ("scanner", ["read"])
    assert successor["id"] != made["id"]
    assert old.get("/v1/jobs").status_code == 200
    assert house.client(Authorization=f"Bearer {successor['key']}").get("/v1/jobs").status_code == 200
    assert client.post(f"/v1/keys/{made['id']}/rotate", json={"overlap_seconds": 0}).status_code == 201
    problem(old.get("/v1/jobs"), 401, "unauthenticated")
    problem(client.post(f"/v1/keys/{made['id']}/rotate", json={"overlap_seconds": -1}), 422, "invalid-request")
