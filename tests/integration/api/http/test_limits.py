"""Limits of a workspace over REST: 429, when to come again, and nothing stored."""

import pytest

from pipeline.access.operating import Operator


@pytest.fixture
def limit(house):
    services = house.services
    operator = Operator(services.database, services.secrets, services.settings.limits)

    def change(name, **limits):
        house.tenant(name=name)
        operator.limit(name, limits)
        return house.tenant(name=name)

    return change


def test_too_many_requests_are_told_when_to_come_again(limit, problem, house):
    client = limit("hasty", requests_per_minute=3)
    for _ in range(3):
        assert client.get("/v1/jobs").status_code == 200
    refused = client.get("/v1/jobs")
    body = problem(refused, 429, "too-many-requests")
    assert 1 <= int(refused.headers["retry-after"]) == body["retry_after"] <= 20
    assert body["limit"] == 3
    assert house.tenant().get("/v1/jobs").status_code == 200, "others go on"


def test_a_used_up_quota_stores_nothing(limit, problem, house):
    client = limit("busy", documents_per_day=1)
    accepted = house.upload(client)
    refused = client.post("/v1/documents", files={"file": ("b.txt", b"b")})
    body = problem(refused, 429, "quota-exceeded")
    assert (body["quota"], body["limit"]) == ("documents_per_day", 1)
    assert 0 < int(refused.headers["retry-after"]) <= 86_400
    assert [one["id"] for one in client.get("/v1/documents").json()["items"]] == [accepted["document"]["id"]]


def test_a_large_upload_is_refused_before_it_is_sent(limit, problem, house):
    client = limit("heavy", bytes_per_day=1000)
    problem(client.post("/v1/documents", files={"file": ("b.txt", b"b" * 2000)}), 429, "quota-exceeded")
    # Had anybody looked at these bytes, they would be of an unsupported type.
    refused = client.post("/v1/documents", files={"file": ("b.txt", bytes(1_900_000))})
    problem(refused, 429, "quota-exceeded")
    assert refused.headers["connection"] == "close"
    assert house.upload(client, b"b" * 1000)


def test_open_jobs_bound_uploads_and_further_jobs(limit, problem, house):
    client = limit("slow", open_jobs=1)
    document = house.upload(client)["document"]["id"]
    body = problem(client.post("/v1/jobs", json={"document_id": document}), 429, "quota-exceeded")
    assert body["quota"] == "open_jobs"
    house.work()
    assert client.post("/v1/jobs", json={"document_id": document}).status_code == 202
