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


def test_open_jobs_bound_uploads_further_jobs_and_retries(limit, problem, house):
    client = limit("slow", open_jobs=1)
    document = house.upload(client)["document"]["id"]
    body = problem(client.post("/v1/jobs", json={"document_id": document}), 429, "quota-exceeded")
    assert body["quota"] == "open_jobs"
    house.work()
    job = client.post("/v1/jobs", json={"document_id": document})
    assert job.status_code == 202
    assert client.post(f"/v1/jobs/{job.json()['id']}/cancel").status_code == 202
    house.upload(client, b"b")
    refused = client.post(f"/v1/jobs/{job.json()['id']}/retry")
    assert problem(refused, 429, "quota-exceeded")["quota"] == "open_jobs"
    assert int(refused.headers["retry-after"]) > 0


def test_jobs_that_run_again_are_bounded_by_the_day(limit, problem, house):
    client = limit("again", reruns_per_day=1)
    accepted = house.upload(client)
    wanted = {"document_id": accepted["document"]["id"]}
    assert client.post("/v1/jobs", json=wanted).status_code == 202
    client.post(f"/v1/jobs/{accepted['job']['id']}/cancel")
    for refused in (
        client.post("/v1/jobs", json=wanted),
        client.post(f"/v1/jobs/{accepted['job']['id']}/retry"),
    ):
        body = problem(refused, 429, "quota-exceeded")
        assert (body["quota"], body["limit"]) == ("reruns_per_day", 1)
        assert 0 < int(refused.headers["retry-after"]) <= 86_400
    house.upload(client, b"b")


def test_what_a_workspace_stores_is_bounded_until_it_deletes_something(limit, problem, house):
    client = limit("full", stored_bytes=1000)
    document = house.upload(client, b"b" * 900)["document"]["id"]
    refused = client.post("/v1/documents", files={"file": ("b.txt", b"b" * 101)})
    body = problem(refused, 403, "storage-quota-exceeded")
    assert (body["quota"], body["limit"], body["stored"]) == ("stored_bytes", 1000, 900)
    assert "retry-after" not in refused.headers
    # Had anybody looked at these bytes, they would be of an unsupported type.
    early = client.post("/v1/documents", files={"file": ("b.txt", bytes(1_900_000))})
    problem(early, 403, "storage-quota-exceeded")
    assert early.headers["connection"] == "close"
    assert client.delete(f"/v1/documents/{document}").status_code == 200
    house.upload(client, b"b" * 1000)


def test_what_is_used_of_the_quotas_is_shown_with_the_limits(limit, house):
    client = limit("seen", stored_bytes=1000, documents_per_day=0)
    document = house.upload(client, b"b" * 900)["document"]["id"]
    client.post("/v1/jobs", json={"document_id": document})
    shown = {one["quota"]: (one["used"], one["limit"]) for one in client.get("/v1/usage").json()["quotas"]}
    assert shown["stored_bytes"] == (900, 1000)
    assert shown["documents_per_day"] == (1, None)
    assert (shown["bytes_per_day"][0], shown["reruns_per_day"][0], shown["open_jobs"][0]) == (900, 1, 2)
    mine = house.tenant().get("/v1/usage").json()["quotas"]
    assert {one["used"] for one in mine} == {0}, "nobody sees another's"
