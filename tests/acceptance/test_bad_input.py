"""Bad input gets a specific problem with a stable type, and the service goes on."""

import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bench.hostile_files import hostile_files
from tests.support.files import INVOICE, jpeg, pdf
from tests.support.service import Service, finished, running, upload

CAP = 2_000_000


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("bad") / "data", SHEAF_HTTP__MAX_UPLOAD_BYTES=str(CAP)) as service:
        yield service


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with service.client() as client:
        yield client
        assert client.get("/health/live").status_code == 200


def refused(answer: httpx.Response, status: int, name: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"urn:sheaf:problem:{name}"), answer.text
    assert problem["title"]
    assert problem["status"] == status
    return problem


@pytest.mark.parametrize(
    ("name", "content", "status", "problem"),
    [
        ("empty.pdf", b"", 422, "empty-file"),
        ("unknown.bin", bytes(range(256)) * 8, 415, "unsupported-type"),
        ("program.pdf", b"\x7fELF" + b"\0" * 200, 415, "unsupported-type"),
    ],
)
def test_files_that_cannot_be_used_are_refused_at_the_door(
    client: httpx.Client, name: str, content: bytes, status: int, problem: str
) -> None:
    refused(upload(client, name, content), status, problem)


def ended(client: httpx.Client, name: str, content: bytes, **fields: str) -> dict[str, Any]:
    answer = upload(client, name, content, **fields)
    assert answer.status_code == 202, answer.text
    return finished(client, answer.json()["job"]["id"])


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("locked.pdf", pdf("secret", password="opensesame"), "password-required"),
        ("cut.jpg", jpeg(400, 400)[:400], "damaged-file"),
        ("cut.pdf", b"%PDF-1.7\n%%EOF\n", None),
    ],
)
def test_files_that_turn_out_unusable_end_as_failed_with_the_reason(
    client: httpx.Client, name: str, content: bytes, problem: str | None
) -> None:
    job = ended(client, name, content)
    assert job["status"] == "failed"
    if problem:
        assert job["problem"]["type"] == f"urn:sheaf:problem:{problem}"
    result = client.get(f"/v1/jobs/{job['id']}/result")
    assert result.status_code == 200
    assert result.json()["problem"]["type"] == job["problem"]["type"]
    assert result.json()["completeness"]["complete"] is False


def test_a_locked_document_goes_on_with_its_password(client: httpx.Client) -> None:
    job = ended(client, "locked.pdf", pdf(INVOICE, password="opensesame"), schema="invoice")
    wrong = client.post(f"/v1/jobs/{job['id']}/retry", json={"password": "wrong"})
    assert wrong.status_code == 202, wrong.text
    assert finished(client, job["id"])["problem"]["type"] == "urn:sheaf:problem:wrong-password"
    client.post(f"/v1/jobs/{job['id']}/retry", json={"password": "opensesame"}).raise_for_status()
    assert finished(client, job["id"])["status"] == "succeeded"
    result = client.get(f"/v1/jobs/{job['id']}/result").json()
    assert result["data"]["invoice_number"] == "INV-2026-0042"


def test_a_document_that_lies_about_its_type_is_read_as_what_it_is(client: httpx.Client) -> None:
    job = ended(client, "picture.jpg", pdf("In truth a PDF."))
    assert job["status"] == "succeeded"
    result = client.get(f"/v1/jobs/{job['id']}/result").json()
    assert result["document"]["media_type"] == "application/pdf"


def test_an_upload_over_the_cap_is_refused_while_it_is_sent(client: httpx.Client) -> None:
    refused(upload(client, "big.pdf", b"%PDF-1.7" + b"x" * (CAP + 1)), 413, "file-too-large")


def test_an_endless_upload_is_cut_soon_after_the_cap(service: Service) -> None:
    """Without a Content-Length only counting helps; the sender is not let to send its two gigabytes."""
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.pdf"\r\n\r\n%PDF-1.7'
        while sent < 2_000_000_000:
            sent += 65_536
            yield b"x" * 65_536

    headers = {"Content-Type": "multipart/form-data; boundary=b", "Authorization": f"Bearer {service.key}"}
    try:
        answer = httpx.post(f"{service.url}/v1/documents", content=endless(), headers=headers, timeout=60)
        refused(answer, 413, "file-too-large")
    except httpx.TransportError:
        pass  # the connection was cut before we had read the answer, which is a refusal too
    assert sent < CAP + 20_000_000


def test_a_path_in_a_name_is_only_a_name(client: httpx.Client) -> None:
    answer = upload(client, "../../etc/passwd", b"plain words")
    assert answer.status_code == 202
    assert answer.json()["document"]["name"] == "passwd"


@pytest.mark.parametrize(
    ("fields", "status", "problem"),
    [
        ({"schema": "no_such_schema"}, 422, "unknown-schema"),
        ({"schema": "invoice@7"}, 422, "unknown-schema"),
        ({"schema": json.dumps({"type": "object", "$ref": "https://example.com/x.json"})}, 422, "invalid-schema"),
        ({"schema": "{not json"}, 422, "invalid-schema"),
        ({"tasks": "extract"}, 422, "invalid-request"),
        ({"tasks": "fly"}, 422, "invalid-request"),
        ({"metadata": "[1"}, 422, "invalid-request"),
        ({"webhook_url": "ftp://example.com/"}, 422, "invalid-webhook-url"),
        ({"webhook_url": "http://169.254.169.254/latest"}, 422, "invalid-webhook-url"),
        ({"webhook_url": "http://[::ffff:127.0.0.1]/"}, 422, "invalid-webhook-url"),
    ],
)
def test_fields_that_cannot_be_used_are_named(
    client: httpx.Client, fields: dict[str, str], status: int, problem: str
) -> None:
    refused(upload(client, "a.txt", b"some words", **fields), status, problem)


def test_keys_are_checked(service: Service) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic dTpw"}):
        answer = httpx.get(f"{service.url}/v1/jobs", headers=headers)
        refused(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["/v1/jobs/job_none", "/v1/documents/doc_none", "/v1/batches/bat_none", "/nothing"])
def test_what_is_not_there_is_said_so(client: httpx.Client, path: str) -> None:
    refused(client.get(path), 404, "not-found")


def test_a_batch_outside_the_declared_roots_is_forbidden(client: httpx.Client) -> None:
    refused(client.post("/v1/batches", json={"source": "etc/../.."}), 403, "forbidden-path")


def test_the_same_key_stands_for_one_request(client: httpx.Client) -> None:
    first = upload(client, "a.txt", b"some words", idempotency_key="k-1")
    again = upload(client, "a.txt", b"some words", idempotency_key="k-1")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["job"]["id"] == again.json()["job"]["id"]
    refused(upload(client, "a.txt", b"other words", idempotency_key="k-1"), 422, "idempotency-mismatch")


def test_a_result_is_not_there_before_the_end(client: httpx.Client) -> None:
    answer = upload(client, "long.pdf", pdf(*(f"Page {n}. " + "Words of a page. " * 30 for n in range(40))))
    job_id = answer.json()["job"]["id"]
    early = client.get(f"/v1/jobs/{job_id}/result")
    if early.status_code != 200:
        refused(early, 409, "result-not-ready")
    waited = client.get(f"/v1/jobs/{job_id}/result", params={"wait": 60})
    assert waited.status_code == 200
    assert waited.json()["completeness"]["pages_read"] == 40


def test_a_multipart_body_that_is_none_is_refused(client: httpx.Client) -> None:
    answer = client.post(
        "/v1/documents", content=io.BytesIO(b"nonsense").read(), headers={"Content-Type": "multipart/form-data"}
    )
    refused(answer, 422, "invalid-request")


def test_hostile_bytes_of_every_kind_end(client: httpx.Client) -> None:
    """A few of the bench's hostile files, through the whole service."""
    chosen = [file for file in hostile_files() if len(file.data) < CAP / 10][::8]
    assert len(chosen) >= 4
    for file in chosen:
        answer = upload(client, file.name, file.data)
        assert answer.status_code in {202, 415, 422}, (file.name, answer.text)
        if answer.status_code == 202:
            finished(client, answer.json()["job"]["id"])
