"""How much of its answer a client must take."""

import socket
from collections.abc import Callable, Iterator

import pytest

from api.http.transport import TAKE_BYTES, TAKE_SECONDS, ClientTransport


class Pipe:
    """A transport that sends no more later, and a clock that stands still."""

    def __init__(self, client: socket.socket, theirs: socket.socket) -> None:
        self.theirs = theirs
        self.client, self.waiting, self.aborted = client, 0, False
        self.room = 0
        """How much of what is written the system takes at once."""
        self.looks: list[tuple[float, Callable[[], None]]] = []

    def write(self, data: bytes) -> None:
        sent = self.client.send(data[: self.room]) if self.room else 0
        self.waiting += len(data) - sent

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def get_extra_info(self, name: str) -> socket.socket:
        assert name == "socket"
        return self.client

    def abort(self) -> None:
        self.aborted = True

    def call_later(self, delay: float, callback: Callable[[], None]) -> object:
        self.looks.append((delay, callback))
        return self

    def look(self) -> None:
        """Time has gone by."""
        ((delay, callback),) = self.looks
        assert delay == TAKE_SECONDS
        self.looks.clear()
        callback()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Pipe(ours, theirs)


@pytest.fixture
def transport(pipe: Pipe) -> ClientTransport:
    return ClientTransport(pipe, lambda: False, pipe)


def test_a_client_that_takes_nothing_is_left(pipe: Pipe, transport: ClientTransport) -> None:
    transport.write(bytes(1_000_000))
    pipe.look()
    assert pipe.aborted


def test_a_client_that_takes_too_little_is_left(pipe: Pipe, transport: ClientTransport) -> None:
    transport.write(bytes(1_000_000))
    pipe.waiting -= TAKE_BYTES - 1
    pipe.look()
    assert pipe.aborted


def test_a_slow_client_gets_all_of_it(pipe: Pipe, transport: ClientTransport) -> None:
    transport.write(bytes(5 * TAKE_BYTES))
    for _ in range(4):
        pipe.waiting -= TAKE_BYTES
        pipe.look()
    pipe.waiting = 0
    pipe.look()
    assert (pipe.aborted, pipe.looks) == (False, [])


def test_what_is_written_meanwhile_is_not_held_against_a_client(pipe: Pipe, transport: ClientTransport) -> None:
    transport.write(bytes(TAKE_BYTES))
    for _ in range(3):
        pipe.waiting -= TAKE_BYTES
        transport.write(bytes(2 * TAKE_BYTES))
        pipe.look()
    assert not pipe.aborted
    pipe.look()
    assert pipe.aborted


def test_what_a_client_takes_of_what_the_system_holds_counts(pipe: Pipe, transport: ClientTransport) -> None:
    """It holds megabytes before it asks for more: a client at 10 kB a second would look dead for minutes."""
    pipe.room = 2 * TAKE_BYTES
    transport.write(bytes(4 * TAKE_BYTES))
    assert pipe.waiting == 2 * TAKE_BYTES
    pipe.theirs.recv(2 * TAKE_BYTES)
    pipe.look()
    assert not pipe.aborted
    pipe.look()
    assert pipe.aborted


def test_a_client_that_keeps_up_is_not_watched(pipe: Pipe, transport: ClientTransport) -> None:
    pipe.room = TAKE_BYTES
    transport.write(b"small")
    assert pipe.looks == []
