"""Connections go to the judged addresses only, and everything on them ends by a set time."""

import ssl
import time
from dataclasses import dataclass, field
from typing import Any

import httpcore
import pytest

from pipeline.delivery.network import Deadline, DeadlineStream, PinnedBackend


@dataclass
class Wire:
    """A stream, and the backend that opens it: notes what it was asked with how much time."""

    refusing: dict[str, Exception] = field(default_factory=dict)
    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def connect_tcp(self, host: str, port: int, timeout: float, local_address: Any, options: Any) -> "Wire":
        self.calls.append(("connect", host, port, timeout))
        if host in self.refusing:
            raise self.refusing[host]
        return self

    def read(self, max_bytes: int, timeout: float) -> bytes:
        self.calls.append(("read", max_bytes, timeout))
        return b"x"

    def write(self, buffer: bytes, timeout: float) -> None:
        self.calls.append(("write", buffer, timeout))

    def start_tls(self, context: ssl.SSLContext, name: str | None, timeout: float) -> "Wire":
        self.calls.append(("tls", name, timeout))
        return self

    def close(self) -> None:
        self.calls.append(("close",))

    def get_extra_info(self, info: str) -> Any:
        return {"peer": "10.0.0.1"}.get(info)


def backend(wire: Wire, *addresses: str, seconds: float = 9.0, connect_seconds: float = 3.0) -> PinnedBackend:
    made = PinnedBackend(addresses, Deadline(seconds), connect_seconds)
    made._backend = wire  # type: ignore[assignment]  # a stand-in of the network
    return made


def test_whatever_host_is_asked_for_the_judged_address_is_connected_to() -> None:
    wire = Wire()
    stream = backend(wire, "192.0.2.1").connect_tcp("evil.example", 443, timeout=99)
    assert [call[:3] for call in wire.calls] == [("connect", "192.0.2.1", 443)]
    assert isinstance(stream, DeadlineStream)


def test_addresses_are_tried_in_turn_until_one_accepts() -> None:
    wire = Wire(refusing={"192.0.2.1": httpcore.ConnectError(), "192.0.2.2": httpcore.ConnectTimeout()})
    backend(wire, "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4").connect_tcp("x", 80)
    assert [call[1] for call in wire.calls] == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


def test_where_none_accepts_the_last_refusal_is_the_error() -> None:
    last = httpcore.ConnectError("refused")
    wire = Wire(refusing={"192.0.2.1": httpcore.ConnectTimeout(), "192.0.2.2": last})
    with pytest.raises(httpcore.ConnectError) as caught:
        backend(wire, "192.0.2.1", "192.0.2.2").connect_tcp("x", 80)
    assert caught.value is last


def test_each_connection_has_its_own_limit_within_the_whole() -> None:
    wire = Wire()
    backend(wire, "192.0.2.1", seconds=60, connect_seconds=2).connect_tcp("x", 80)
    backend(wire, "192.0.2.1", seconds=1, connect_seconds=20).connect_tcp("x", 80)
    assert wire.calls[0][3] == 2
    assert 0 < wire.calls[1][3] <= 1


def test_without_time_nothing_is_tried() -> None:
    wire = Wire()
    with pytest.raises(httpcore.ConnectTimeout):
        backend(wire, "192.0.2.1", seconds=0).connect_tcp("x", 80)
    assert wire.calls == []


def test_every_operation_has_what_is_left_and_not_what_is_asked_for() -> None:
    wire = Wire()
    stream = DeadlineStream(wire, Deadline(5))  # type: ignore[arg-type]  # a stand-in
    assert stream.read(10, timeout=99) == b"x"
    stream.write(b"body", timeout=99)
    over = stream.start_tls(ssl.create_default_context(), "example.org", timeout=99)
    assert isinstance(over, DeadlineStream), "the deadline goes on behind TLS"
    assert [call[0] for call in wire.calls] == ["read", "write", "tls"]
    assert all(4 < call[-1] <= 5 for call in wire.calls)
    assert stream.get_extra_info("peer") == "10.0.0.1"
    stream.close()
    assert wire.calls[-1] == ("close",)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda stream: stream.read(1), httpcore.ReadTimeout),
        (lambda stream: stream.write(b""), httpcore.WriteTimeout),
        (lambda stream: stream.start_tls(ssl.create_default_context()), httpcore.ConnectTimeout),
    ],
)
def test_when_the_time_is_over_every_operation_fails(act: Any, error: type[Exception]) -> None:
    wire = Wire()
    with pytest.raises(error):
        act(DeadlineStream(wire, Deadline(0)))  # type: ignore[arg-type]  # a stand-in
    assert wire.calls == []


def test_a_deadline_can_be_brought_forward_and_never_put_off() -> None:
    deadline = Deadline(50)
    deadline.shorten(5)
    assert 4 < deadline.remaining() <= 5
    deadline.shorten(500)
    assert deadline.remaining() <= 5


def test_a_deadline_that_has_passed_leaves_nothing() -> None:
    deadline = Deadline(0.01)
    time.sleep(0.02)
    assert deadline.remaining() == 0
