"""Deliveries to receivers with an attitude: real sockets, real TLS, on loopback."""

import ipaddress
import socket
import ssl
import threading
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook

from pipeline.delivery.outcome import Outcome
from pipeline.delivery.sender import ERROR_NAMES, Sender, error_name, parse_retry_after
from pipeline.delivery.signer import new_secret
from pipeline.errors import InvalidRequest
from pipeline.settings import Webhooks
from tests.support.servers import free_port

SECRET = new_secret()
BODY = b'{"type":"job.succeeded"}'
LOOPBACK = Webhooks(allow=["127.0.0.0/8", "::1"], timeout_seconds=60)


def hasty(seconds: float) -> Webhooks:
    return LOOPBACK.model_copy(update={"timeout_seconds": seconds})


class Receiver:
    """Takes connections, reads one request from each, and then does as `act` does with the socket."""

    def __init__(self, act, context=None, *, waits=True):
        self.act = act
        self.waits = waits
        self.context = context
        self.requests: list[bytes] = []
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook?a=b"
        self.thread = threading.Thread(target=self.serve)

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with closing(connection):
                self.answer(connection)

    def answer(self, connection):
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            if self.waits:
                self.requests.append(read_request(connection))
            self.act(connection)
        except OSError:
            pass  # the sender has hung up, which is what some of the tests are about
        finally:
            connection.close()


def read_request(connection):
    data = b""
    while b"\r\n\r\n" not in data or not data.endswith(b"}"):
        part = connection.recv(65536)
        if not part:
            break
        data += part
    return data


@contextmanager
def receiving(act, context=None, *, waits=True):
    receiver = Receiver(act, context, waits=waits)
    receiver.thread.start()
    try:
        yield receiver
    finally:
        receiver.listener.shutdown(socket.SHUT_RDWR)
        receiver.listener.close()
        receiver.thread.join(60)
        assert not receiver.thread.is_alive()


def answering(text):
    return lambda connection: connection.sendall(text.replace("\n", "\r\n").encode())


def send(url, settings=LOOPBACK, **options) -> Outcome:
    return Sender(settings, **options).send(url=url, message_id="evt_1", body=BODY, secrets=[SECRET])


OK = answering("HTTP/1.1 200 OK\nContent-Length: 2\n\nok")


def test_a_delivery_arrives_whole_and_verifies():
    with receiving(OK) as receiver:
        outcome = send(receiver.url)
    assert outcome.delivered
    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    assert lines[0] == "POST /hook?a=b HTTP/1.1"
    assert headers["host"] == f"127.0.0.1:{receiver.port}"
    assert headers["content-type"] == "application/json"
    assert body == BODY
    assert Webhook(SECRET).verify(body, headers) == {"type": "job.succeeded"}


def test_a_trace_is_told_by_its_header_and_only_where_there_is_one():
    header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with receiving(OK) as receiver:
        Sender(LOOPBACK).send(url=receiver.url, message_id="evt_1", body=BODY, secrets=[SECRET], traceparent=header)
        send(receiver.url)
    traced, untraced = (request.decode().lower() for request in receiver.requests)
    assert f"\r\ntraceparent: {header}\r\n" in traced
    assert not any(name in traced for name in ("tracestate", "baggage"))
    assert "traceparent" not in untraced


def test_a_name_is_pinned_to_the_address_that_was_judged():
    """The name is asked for once; a second answer, which would lead elsewhere, is never wanted."""
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    with receiving(OK) as receiver:
        url = receiver.url.replace("127.0.0.1", "receiver.example")
        outcome = send(url, resolver=lambda host, port, timeout: answers.pop(0))
    assert outcome.delivered
    assert len(answers) == 1
    assert f"host: receiver.example:{receiver.port}".encode() in receiver.requests[0]


def test_the_next_address_is_tried_where_one_does_not_connect():
    with receiving(OK) as receiver:
        outcome = send(receiver.url, resolver=lambda host, port, timeout: ["127.0.0.2", "::1", "127.0.0.1"])
    assert outcome.delivered


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(status):
    with receiving(OK) as elsewhere:
        act = answering(f"HTTP/1.1 {status} Moved\nLocation: {elsewhere.url}\nContent-Length: 0\n\n")
        with receiving(act) as receiver:
            outcome = send(receiver.url)
    assert (outcome.status, outcome.delivered) == (status, False)
    assert elsewhere.connections == 0


def test_nothing_is_connected_to_a_forbidden_address():
    with receiving(OK) as receiver:
        outcome = send(receiver.url, Webhooks())
    assert (outcome.status, outcome.error) == (None, "address-forbidden")
    assert receiver.connections == 0


@pytest.mark.parametrize(
    ("status", "header", "wait"),
    [
        (500, "", None),
        (429, "Retry-After: 7\n", 7.0),
        (503, "retry-after: 120\n", 120.0),
        (503, "Retry-After: x\n", None),
    ],
)
def test_a_refusal_is_reported_with_the_receivers_wish(status, header, wait):
    with receiving(answering(f"HTTP/1.1 {status} No\n{header}Content-Length: 0\n\n")) as receiver:
        outcome = send(receiver.url)
    assert (outcome.status, outcome.retry_after, outcome.delivered) == (status, wait, False)


def test_410_says_that_the_receiver_is_gone():
    with receiving(answering("HTTP/1.1 410 Gone\nContent-Length: 0\n\n")) as receiver:
        assert send(receiver.url).gone


def drip(connection):
    """One byte of the head at a time: every read succeeds, the answer never comes."""
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 1000:
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


def test_a_slow_drip_is_cut_by_the_wall_clock():
    with receiving(drip) as receiver:
        outcome = send(receiver.url, hasty(1.0))
    assert outcome.error == "timeout"
    assert 1.0 <= outcome.seconds < 60, "the drip goes on for minutes"


def test_silence_is_cut_by_the_wall_clock():
    release = threading.Event()
    with receiving(lambda connection: release.wait(60)) as receiver:
        outcome = send(receiver.url, hasty(0.3))
        release.set()
    assert outcome.error == "timeout"
    assert outcome.seconds < 30


def test_a_giant_answer_is_dropped_after_64_kilobytes_and_the_status_counts():
    sent = []

    def endless(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")
            sent.append(0x10000)

    with receiving(endless) as receiver:
        outcome = send(receiver.url)
    assert outcome.delivered
    assert sum(sent) < 16 * 1024 * 1024, "it is what the buffers of the connection hold"


def dripping_body(connection):
    connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.02)


def test_a_body_that_drips_holds_the_sender_for_a_second_only():
    with receiving(dripping_body) as receiver:
        outcome = send(receiver.url)
    assert outcome.delivered
    assert outcome.seconds < 30, "the body goes on for half an hour, and the sender's patience for a minute"


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


@pytest.mark.parametrize(
    ("act", "name"),
    [
        (reset, "connection-lost"),
        (lambda connection: None, "invalid-answer"),
        (answering("SSH-2.0-OpenSSH\n"), "invalid-answer"),
        (answering("HTTP/1.1 2xx OK\n\n"), "invalid-answer"),
        (answering("HTTP/1.1 200 OK\nX: " + "a" * 200_000 + "\n\n"), "invalid-answer"),
    ],
    ids=["reset", "hang up", "another protocol", "no status", "giant header"],
)
def test_an_answer_that_is_none_gets_a_name(act, name):
    with receiving(act) as receiver:
        outcome = send(receiver.url)
    assert (outcome.status, outcome.error) == (None, name)


def test_a_reset_in_the_middle_of_the_answer_does_not_undo_the_status():
    def act(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc")
        reset(connection)

    with receiving(act) as receiver:
        assert send(receiver.url).delivered


def test_a_closed_port_is_a_refused_connection():
    assert send(f"http://127.0.0.1:{free_port()}/").error == "connection-refused"


def test_a_bad_url_from_the_database_is_an_outcome_too():
    assert send("ftp://example.com/").error == "invalid-url"


def test_a_malformed_secret_is_the_callers_mistake():
    with pytest.raises(InvalidRequest):
        Sender(LOOPBACK).send(url="http://127.0.0.1/", message_id="a", body=BODY, secrets=["nonsense"])


def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with receiving(OK) as receiver:
        assert send(receiver.url).delivered


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for `receiver.example` and 127.0.0.1, as a PEM file with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver.example")])
    names = [x509.DNSName("receiver.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "receiver.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def serving(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def to_loopback(host, port, timeout):
    return ["127.0.0.1"]


@pytest.mark.parametrize("host", ["receiver.example", "127.0.0.1"])
def test_tls_is_verified_against_the_name_although_the_address_is_pinned(host, serving, certificate):
    settings = LOOPBACK.model_copy(update={"ca_file": certificate})
    with receiving(OK, serving) as receiver:
        assert send(f"https://{host}:{receiver.port}/", settings, resolver=to_loopback).delivered


def test_a_certificate_for_another_name_is_refused(serving, certificate):
    settings = LOOPBACK.model_copy(update={"ca_file": certificate})
    with receiving(OK, serving) as receiver:
        outcome = send(f"https://other.example:{receiver.port}/", settings, resolver=to_loopback)
    assert outcome.error == "tls-certificate"
    assert receiver.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused(serving):
    with receiving(OK, serving) as receiver:
        assert send(f"https://127.0.0.1:{receiver.port}/").error == "tls-certificate"


def test_a_receiver_that_speaks_no_tls_is_named_as_such():
    with receiving(answering("220 mail.example\n"), waits=False) as receiver:
        assert send(f"https://127.0.0.1:{receiver.port}/").error == "tls-failed"


def test_every_error_of_the_transport_library_has_a_name():
    errors = [cls for cls in vars(httpcore).values() if isinstance(cls, type) and issubclass(cls, Exception)]
    assert len(errors) > 10
    for cls in errors:
        assert any(issubclass(cls, row) for row in ERROR_NAMES), cls


def test_an_error_of_no_row_is_a_failed_connection():
    assert error_name(OSError("odd")) == "connection-failed"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("120", 120.0),
        ("Thu, 01 Jan 1970 00:03:20 GMT", 100.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("9" * 5000, 999999999.0),
        ("Thu, 01 Jan 99999 00:00:00 GMT", None),
        ("٣", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_or_nothing(value, seconds):
    assert parse_retry_after(value, now=100.0) == seconds
