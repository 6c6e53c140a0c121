"""The connection under one delivery: to the judged addresses only, and over by a set time.

httpx's own time limits hold for each read, so that a receiver that sends one byte a second holds a worker for hours.
Its transport library takes a network backend, which is the place where both promises can be kept.
"""

import ssl
import time
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore


class Deadline:
    """A moment on the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, 0 when it has passed."""
        return max(self._end - time.monotonic(), 0.0)

    def shorten(self, seconds: float) -> None:
        """Let it pass at most so many seconds from now."""
        self._end = min(self._end, time.monotonic() + seconds)


class PinnedBackend(httpcore.NetworkBackend):
    """Connects to given addresses, whatever host is asked for; the host stays the name that TLS verifies."""

    def __init__(self, addresses: Sequence[str], deadline: Deadline, connect_seconds: float) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._connect_seconds = connect_seconds
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Try the addresses in turn until one accepts the connection."""
        del host, timeout
        failure: Exception = httpcore.ConnectTimeout("no time left")
        for address in self._addresses:
            left = min(self._deadline.remaining(), self._connect_seconds)
            if left <= 0:
                break
            try:
                stream = self._backend.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return DeadlineStream(stream, self._deadline)
        raise failure


class DeadlineStream(httpcore.NetworkStream):
    """A stream whose every operation has only what is left of the whole time."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes; `ReadTimeout` when the time is over."""
        del timeout
        left = self._deadline.remaining()
        if left <= 0:
            raise httpcore.ReadTimeout("no time left")
        return self._stream.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of the buffer; `WriteTimeout` when the time is over."""
        del timeout
        left = self._deadline.remaining()
        if left <= 0:
            raise httpcore.WriteTimeout("no time left")
        self._stream.write(buffer, left)

    def close(self) -> None:
        """Close the socket."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same connection with TLS."""
        del timeout
        left = self._deadline.remaining()
        if left <= 0:
            raise httpcore.ConnectTimeout("no time left")
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - the signature of the library
        """What the library asks of its streams."""
        return self._stream.get_extra_info(info)
