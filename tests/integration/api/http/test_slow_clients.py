"""Whoever sends a little now and then, or never takes its answer, holds a connection for a bounded time."""

import select
import socket
import time
from urllib.parse import urlsplit

import pytest

from api.http import protocol, transport

LIMIT_SECONDS = 0.5
PATIENCE_SECONDS = 30.0


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_SECONDS", LIMIT_SECONDS)
    monkeypatch.setattr(protocol, "LINGER_SECONDS", LIMIT_SECONDS)
    monkeypatch.setattr(transport, "TAKE_SECONDS", LIMIT_SECONDS)


@pytest.fixture
def connection(client):
    address = urlsplit(str(client.base_url))
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE_SECONDS) as made:
        yield made


def drip(connection: socket.socket, byte: bytes) -> bytes:
    """What the server says until it ends the connection, while a byte comes ten times in each time limit."""
    connection.settimeout(LIMIT_SECONDS / 10)
    said, until = b"", time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            connection.sendall(byte)
            data = connection.recv(65_536)
        except TimeoutError:
            continue
        except ConnectionError:
            return said
        if not data:
            return said
        said += data
    pytest.fail("the connection is still open")


def answered(connection: socket.socket) -> bytes:
    """A whole answer with a JSON object."""
    said = b""
    while not said.endswith(b"}}"):
        data = connection.recv(65_536)
        assert data, said
        said += data
    return said


def test_a_head_that_drips_is_cut_with_a_problem(connection):
    connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: sheaf\r\nX-Slow: ")
    said = drip(connection, b"a")
    assert said.startswith(b"HTTP/1.1 408 ")
    assert b"urn:sheaf:problem:upload-stalled" in said


def test_a_connection_on_which_nothing_comes_is_ended(connection):
    assert connection.recv(1) == b""


def test_the_head_of_a_further_request_has_a_limit_too(connection):
    connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: sheaf\r\n\r\n")
    assert answered(connection).startswith(b"HTTP/1.1 200 ")
    connection.sendall(b"GET /health/live")
    assert drip(connection, b"e").startswith(b"HTTP/1.1 408 ")


def test_a_body_that_drips_behind_its_answer_is_cut(connection):
    """No route reads the body of this request: it is answered at once, and what follows is thrown away."""
    connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: sheaf\r\nContent-Length: 100000\r\n\r\n")
    assert answered(connection).startswith(b"HTTP/1.1 200 ")
    drip(connection, b"x")


def test_a_request_that_is_worked_on_has_no_limit_of_these(client, house):
    house.upload(client, b"something")
    started = time.monotonic()
    job = client.get("/v1/jobs").json()["items"][0]["id"]
    client.get(f"/v1/jobs/{job}/result", params={"wait": 2 * LIMIT_SECONDS}, timeout=60)
    assert time.monotonic() - started > LIMIT_SECONDS


def test_whoever_asks_and_never_reads_the_answers_is_left(client, house, connection):
    """They are larger than what the systems of both sides hold between them."""
    document = house.upload(client, bytes(range(32, 127)) * 20_000)["document"]["id"]
    request = client.build_request("GET", f"/v1/documents/{document}/file")
    head = [f"GET {request.url.path} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers.items())]
    connection.sendall("\r\n".join([*head, "", ""]).encode() * 20)
    ended = select.poll()
    ended.register(connection, 0)  # its end is told whatever one waits for
    assert ended.poll(PATIENCE_SECONDS * 1000), "the connection is still open"
    assert client.get("/health/live").status_code == 200


def test_who_opens_many_connections_leaves_room_for_files(client, house, monkeypatch):
    del house
    address = urlsplit(str(client.base_url))
    place = (address.hostname, address.port)
    monkeypatch.setattr(protocol, "HEAD_SECONDS", PATIENCE_SECONDS)
    client.get("/health/live", headers={"Connection": "close"})
    monkeypatch.setattr(protocol, "most_connections", lambda: 3)
    idle = [socket.create_connection(place, timeout=PATIENCE_SECONDS) for _ in range(6)]
    try:
        ended = [one for one in idle if is_ended(one)]
        assert 3 <= len(ended) <= 5  # the client's own may count
    finally:
        for one in idle:
            one.close()
    monkeypatch.setattr(protocol, "most_connections", lambda: 100)
    assert client.get("/health/live").status_code == 200


def is_ended(connection: socket.socket) -> bool:
    connection.settimeout(1.0)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True
