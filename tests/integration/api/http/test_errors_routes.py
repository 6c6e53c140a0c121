"""Every error is a problem document."""

import json
import logging
import socket

import httpx
import pytest

from pipeline.errors import DatabaseUnavailable


def test_an_unknown_address_is_not_found(house, problem):
    problem(house.client().get("/v2/anything"), 404, "not-found")
    problem(house.client().get("/docs/anything"), 404, "not-found")


def test_the_bare_address_leads_to_the_documentation(house):
    response = house.client().get("/", follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (307, "/docs")


@pytest.mark.parametrize("path", ["/v1/jobs/a%00b", "/v1/jobs?document_id=%00", "/v1/schemas/%00"])
def test_an_address_with_a_nul_is_refused(client, problem, path):
    problem(client.get(path), 422, "invalid-request")


def test_a_wrong_method_is_told_the_right_ones(client, problem):
    response = client.put("/v1/jobs")
    body = problem(response, 405, "method-not-allowed")
    assert body["allow"] == ["GET", "HEAD", "POST"]
    assert response.headers["allow"] == "GET, HEAD, POST"
    assert client.put("/v1/search").headers["allow"] == "POST"
    assert client.put("/v1/webhooks/deliveries").headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/schemas/invoice", "/health/live", "/docs", "/v1/jobs/none"])
def test_head_is_answered_like_get_without_the_body(client, path):
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    if got.status_code == 200:
        assert head.headers["content-length"] == str(len(got.content))


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /" + b"x" * 1_000_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n",
        b"POST /v1/jobs HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        b"GET /v1/jobs?cursor=\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
def test_what_is_no_http_is_told_so_by_a_problem_document(house, sent):
    url = httpx.URL(house.url)
    with socket.create_connection((url.host, url.port), timeout=10) as connection:
        connection.sendall(sent)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in head
    assert json.loads(body)["type"] == "urn:sheaf:problem:invalid-request"


@pytest.mark.parametrize(
    "body", ["{", '{"query": NaN}', '{"query": "a\\u0000"}', '{"query": "\\ud800"}', "[" * 300 + "]" * 300, "\xff"]
)
def test_a_body_that_is_no_json_is_refused(client, problem, body):
    response = client.post("/v1/search", content=body.encode("latin-1"), headers={"Content-Type": "application/json"})
    problem(response, 422, "invalid-request")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_body_that_is_not_said_to_be_json_is_refused_with_what_to_say(client, problem, kind):
    response = client.post("/v1/search", content=b'{"query": "x"}', headers={"Content-Type": kind})
    assert "Content-Type: application/json" in problem(response, 422, "invalid-request")["detail"]


def test_every_fault_of_a_body_is_named(client, problem):
    wrong = {"limit": 0, "filters": {"media_types": "pdf"}}
    body = problem(client.post("/v1/search", json=wrong), 422, "invalid-request")
    assert {fault["path"] for fault in body["errors"]} == {"/query", "/limit", "/filters/media_types"}


def test_a_body_beyond_the_limit_is_refused(client, problem):
    problem(client.post("/v1/search", json={"query": "x" * 2_000_000}), 413, "request-too-large")

    def chunks():
        yield b'{"query": "'
        for _ in range(40):
            yield b"x" * 65_536

    response = client.post("/v1/search", content=chunks(), headers={"Content-Type": "application/json"})
    problem(response, 413, "request-too-large")


def test_a_request_has_an_id_its_own_where_that_is_well_formed(client):
    assert client.get("/v1/jobs", headers={"X-Request-ID": "mine-1"}).headers["x-request-id"] == "mine-1"
    other = client.get("/v1/jobs", headers={"X-Request-ID": "no good\t!"}).headers["x-request-id"]
    assert other.startswith("req_")


def test_answers_are_not_kept_by_caches_and_run_nothing(client):
    headers = client.get("/v1/jobs").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]


def test_an_unexpected_error_tells_nothing_of_its_insides(house, client, problem, caplog):
    house.services.vectors.search, search = _raise(RuntimeError("secret insides")), house.services.vectors.search
    try:
        response = client.post("/v1/search", json={"query": "words"})
    finally:
        house.services.vectors.search = search
    body = problem(response, 500, "internal-error")
    assert "secret" not in response.text
    assert "RuntimeError" not in response.text
    logged = next(record for record in caplog.records if "secret insides" in str(record.exc_info))
    assert body["instance"] in logged.getMessage()


def test_a_store_that_is_away_says_when_to_come_back(house, client, problem):
    house.services.vectors.search, search = _raise(DatabaseUnavailable()), house.services.vectors.search
    try:
        response = client.post("/v1/search", json={"query": "words"})
    finally:
        house.services.vectors.search = search
    problem(response, 503, "database-unavailable")
    assert response.headers["retry-after"] == "5"


def _raise(error):
    def fail(**_):
        raise error

    return fail


def test_a_query_is_not_written_to_the_log(client, caplog):
    caplog.set_level(logging.INFO, logger="sheaf.http")
    client.get("/v1/jobs?document_id=private-thing")
    assert any("/v1/jobs" in record.getMessage() for record in caplog.records)
    assert not any("private-thing" in record.getMessage() for record in caplog.records)
