"""Uploads over a real socket."""

import hashlib
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from tests.support.waiting import until

MAX_UPLOAD_BYTES = 2_000_000


def test_an_upload_is_answered_with_document_and_job(house, client):
    content = b"Invoice 7\n\nTotal 12.50"
    response = client.post(
        "/v1/documents",
        files={"file": ("a.txt", content)},
        data={"schema": "invoice", "metadata": '{"case": 7}', "collection": "letters"},
    )
    assert response.status_code == 202
    document, job = response.json()["document"], response.json()["job"]
    assert response.headers["location"] == f"/v1/jobs/{job['id']}"
    assert document["sha256"] == hashlib.sha256(content).hexdigest()
    assert (document["size"], document["media_type"], document["name"]) == (len(content), "text/plain", "a.txt")
    assert (document["metadata"], document["collection"]) == ({"case": 7}, "letters")
    assert (job["status"], job["schema"], job["document_id"]) == ("queued", "invoice@1", document["id"])
    assert [stage["name"] for stage in job["stages"]] == [
        "read", "extract", "summarize", "index", "annotate", "finish"
    ]  # fmt: skip
    assert client.get(f"/v1/documents/{document['id']}/file").content == content


def test_the_same_idempotency_key_and_body_give_the_same_job(house, client):
    def send(key, content=b"twice", **fields):
        return client.post(
            "/v1/documents", files={"file": ("a.txt", content)}, data=fields, headers={"Idempotency-Key": key}
        )

    first, second, quoted = send("k1"), send("k1"), send('"k1"')
    assert {r.status_code for r in (first, second, quoted)} == {202}
    assert len({r.json()["job"]["id"] for r in (first, second, quoted)}) == 1
    assert len(client.get("/v1/documents").json()["items"]) == 1
    for other in (send("k1", b"changed"), send("k1", tasks="index")):
        assert (other.status_code, other.json()["type"]) == (422, "urn:sheaf:problem:idempotency-mismatch")
    assert send("k2").json()["job"]["id"] != first.json()["job"]["id"]


def test_one_of_many_equal_requests_at_once_makes_the_job(house, client):
    def send(_):
        return client.post(
            "/v1/documents", files={"file": ("a.txt", b"race")}, headers={"Idempotency-Key": "race"}
        ).json()["job"]["id"]

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(send, range(16)))) == 1


def test_another_workspace_may_use_the_same_idempotency_key(house, client):
    other = house.tenant()
    ids = {
        c.post("/v1/documents", files={"file": ("a.txt", b"x")}, headers={"Idempotency-Key": "k"}).json()["job"]["id"]
        for c in (client, other)
    }
    assert len(ids) == 2


def test_a_file_name_with_a_path_is_stored_as_a_name(house, client):
    name = house.upload(client, name="../../etc/pass\x07wd.txt")["document"]["name"]
    assert name.endswith("wd.txt")
    assert "/" not in name
    assert "\x07" not in name


@pytest.mark.parametrize(
    ("content", "fields", "status", "kind"),
    [
        (b"", {}, 422, "empty-file"),
        (b"\x7fELF\x02\x01\x01" + b"\x00" * 100, {}, 415, "unsupported-type"),
        (b"a", {"schema": "nothing"}, 422, "unknown-schema"),
        (b"a", {"schema": "invoice@9"}, 422, "unknown-schema"),
        (b"a", {"schema": '{"type": 7}'}, 422, "invalid-schema"),
        (b"a", {"schema": "{no json"}, 422, "invalid-schema"),
        (b"a", {"schema": '{"$ref": "http://example.org/x.json"}'}, 422, "invalid-schema"),
        (b"a", {"webhook_url": "ftp://example.org"}, 422, "invalid-webhook-url"),
        (b"a", {"webhook_url": "http://169.254.169.254/latest"}, 422, "invalid-webhook-url"),
        (b"a", {"tasks": "extract,dance"}, 422, "invalid-request"),
        (b"a", {"tasks": "extract"}, 422, "invalid-request"),
        (b"a", {"metadata": "[]"}, 422, "invalid-request"),
        (b"a", {"metadata": '{"a": "\\ud800"}'}, 422, "invalid-request"),
        (b"a", {"colour": "red"}, 422, "invalid-request"),
        (b"a", {"collection": "x" * 200}, 422, "invalid-request"),
        (b"a", {"schema": "x" * 300_000}, 422, "limit-exceeded"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name_and_nothing_is_stored(
    house, client, problem, content, fields, status, kind
):
    problem(client.post("/v1/documents", files={"file": ("a.bin", content)}, data=fields), status, kind)
    assert client.get("/v1/documents").json()["items"] == []
    assert client.get("/v1/jobs").json()["items"] == []


def test_a_request_that_is_no_form_is_refused(client, problem):
    problem(client.post("/v1/documents", json={"file": "a"}), 422, "invalid-request")
    problem(client.post("/v1/documents", files={"schema": (None, "invoice")}), 422, "invalid-request")
    problem(client.post("/v1/documents"), 422, "invalid-request")
    two = [("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))]
    problem(client.post("/v1/documents", files=two), 422, "invalid-request")


def test_a_file_at_the_limit_is_taken_and_one_byte_more_is_cut(house, client, problem):
    assert house.upload(client, b"x" * MAX_UPLOAD_BYTES)["document"]["size"] == MAX_UPLOAD_BYTES
    response = client.post("/v1/documents", files={"file": ("a.txt", b"x" * (MAX_UPLOAD_BYTES + 1))})
    assert problem(response, 413, "file-too-large")["limit"] == MAX_UPLOAD_BYTES


class RawUpload:
    """A request that is written by hand."""

    def __init__(self, client, **headers):
        address = urlsplit(str(client.base_url))
        self.socket = socket.create_connection((address.hostname, address.port), timeout=60)
        fields = {
            "Host": "sheaf",
            "Authorization": client.headers["authorization"],
            "Content-Type": "multipart/form-data; boundary=b",
            **headers,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.socket.sendall(f"POST /v1/documents HTTP/1.1\r\n{lines}\r\n".encode())

    def send(self, data: bytes):
        self.socket.sendall(data)

    def chunk(self, data: bytes):
        self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def more(self) -> bytes:
        data = self.socket.recv(65_536)
        assert data, "the server has hung up"
        return data

    def answer(self) -> tuple[int, dict]:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self.more()
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(next(v for v in head.split(b"\r\n") if v.lower().startswith(b"content-length:")).split(b":")[1])
        while len(body) < length:
            body += self.more()
        self.socket.close()
        return int(head.split(b" ")[1]), json.loads(body)


BEGIN = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'


def test_a_declared_length_beyond_the_limit_is_refused_before_a_byte_is_sent(client):
    raw = RawUpload(client, **{"Content-Length": str(2**31), "Expect": "100-continue"})
    status, body = raw.answer()
    assert (status, body["type"]) == (413, "urn:sheaf:problem:file-too-large")


def test_a_body_without_length_is_cut_at_the_limit(client):
    raw = RawUpload(client, **{"Transfer-Encoding": "chunked"})
    raw.chunk(BEGIN)
    stopped = threading.Event()

    def pour():
        try:
            while not stopped.is_set():
                raw.chunk(b"x" * 65_536)
        except OSError:
            pass

    pouring = threading.Thread(target=pour)
    pouring.start()
    status, body = raw.answer()
    stopped.set()
    pouring.join()
    assert (status, body["type"]) == (413, "urn:sheaf:problem:file-too-large")


def assert_falls_to(before, open_files):
    """The server's end of a connection is closed a moment after ours."""
    until(lambda: open_files() <= before)


def test_an_upload_that_stands_still_is_cut(house, client, serve_again, open_files):
    with serve_again(upload_idle_seconds=0.4) as (url, _):
        client.base_url = url
        client.get("/v1/documents").raise_for_status()
        before = open_files()
        raw = RawUpload(client, **{"Content-Length": "1000"})
        raw.send(BEGIN)
        status, body = raw.answer()
        assert (status, body["type"]) == (408, "urn:sheaf:problem:upload-stalled")
        assert_falls_to(before, open_files)
    assert list((house.folder / "uploads").iterdir()) == []


def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(house, client, open_files):
    client.get("/v1/documents").raise_for_status()
    before = open_files()
    raw = RawUpload(client, **{"Content-Length": str(MAX_UPLOAD_BYTES)})
    raw.send(BEGIN + b"x" * 600_000)
    raw.socket.close()
    assert_falls_to(before, open_files)
    assert list((house.folder / "uploads").iterdir()) == []
    assert client.get("/v1/documents").json()["items"] == []


def test_a_body_that_ends_before_its_boundary_is_refused(client):
    body = BEGIN + b"half"
    raw = RawUpload(client, **{"Content-Length": str(len(body))})
    raw.send(body)
    status, problem = raw.answer()
    assert (status, problem["type"]) == (422, "urn:sheaf:problem:invalid-request")
    assert "boundary" in problem["detail"]


def test_an_upload_without_a_key_is_refused_before_its_body_is_read(house, client):
    client.headers["Authorization"] = "Bearer nothing"
    raw = RawUpload(client, **{"Content-Length": str(MAX_UPLOAD_BYTES), "Expect": "100-continue"})
    status, body = raw.answer()
    assert (status, body["type"]) == (401, "urn:sheaf:problem:unauthenticated")


def test_what_follows_an_answer_is_dropped_up_to_a_bound(house, client):
    """The kernel takes megabytes for a reader that reads no more, but no end of them."""
    key, client.headers["Authorization"] = client.headers["Authorization"], "Bearer nothing"
    raw = RawUpload(client, **{"Content-Length": str(2_000 * MAX_UPLOAD_BYTES)})
    with pytest.raises(OSError):  # noqa: PT012 - one of very many
        for _ in range(1_000):
            raw.send(bytes(MAX_UPLOAD_BYTES))
    raw.socket.close()
    client.headers["Authorization"] = key
    assert client.get("/v1/documents").status_code == 200


def test_whoever_is_refused_before_a_large_body_is_read_is_told_that_the_connection_ends(client):
    refused = client.post("/v1/documents", content=bytes(600_000), headers={"Authorization": "Bearer nobody"})
    assert (refused.status_code, refused.headers["connection"]) == (401, "close")


def test_a_connection_goes_on_after_a_request_that_was_answered_before_it_was_sent(client):
    raw = RawUpload(client, **{"Content-Length": "100000", "Authorization": "Bearer nothing"})
    assert b" 401 " in raw.socket.recv(65_536)
    raw.send(bytes(100_000) + b"GET /health/live HTTP/1.1\r\nHost: sheaf\r\n\r\n")
    with raw.socket, raw.socket.makefile("rb") as answers:
        assert any(b"HTTP/1.1 200 " in line for line in answers)


def test_thirty_uploads_at_once_all_arrive(house, client):
    def send(number):
        return house.upload(client, b"word " * 40_000 + b"%d" % number, name=f"{number}.txt")["document"]["sha256"]

    with ThreadPoolExecutor(30) as pool:
        assert len(set(pool.map(send, range(30)))) == 30
