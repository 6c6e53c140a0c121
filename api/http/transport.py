"""A client's connection as it is written to: closed when it is time, and ended where nobody takes what is sent.

Without a bound, whoever asks for something large and never reads the answer holds the connection, the answer and what
makes it for ever: neither asyncio nor Uvicorn limits the time for writing, and TCP asks again and again for room.
"""

import asyncio
import fcntl
import logging
import socket
import struct
import sys
import termios
from collections.abc import Callable
from typing import Any

log = logging.getLogger("sheaf.http")

TAKE_SECONDS = 60.0
"""How often is looked at what a client took of what is sent to it."""
TAKE_BYTES = 16 * 1024
"""How much that must have been since, as long as anything waits to be sent."""


class ClientTransport:
    """A transport whose `close` asks first whether to linger, and leaves the end to `end` then.

    A client must take `TAKE_BYTES` of what waits for it in each `TAKE_SECONDS`: slow ones get their answer, and others
    hold it for a bounded time, closed or not.
    """

    def __init__(
        self, transport: asyncio.Transport, lingers: Callable[[], bool], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._transport = transport
        self._lingers = lingers
        self._loop = loop
        self._closed = False
        self._written = 0
        self._taken = 0
        self._look: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the transport has
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Whether it is to be written to no more."""
        return self._closed or self._transport.is_closing()

    def write(self, data: bytes) -> None:
        """Send, or keep until the client has room for it."""
        self._transport.write(data)
        self._written += len(data)
        if self._look is None and self._transport.get_write_buffer_size():
            self._watch()

    def close(self) -> None:
        """Write no more; the connection ends now or a moment later."""
        if self._closed:
            return
        self._closed = True
        if self._transport.is_closing() or not self._lingers():
            self._transport.close()

    def end(self) -> None:
        """End the connection."""
        self._transport.close()

    def forget(self) -> None:
        """The connection has ended."""
        if self._look is not None:
            self._look.cancel()
            self._look = None

    def _watch(self) -> None:
        self._taken = self._written - self._untaken()
        self._look = self._loop.call_later(TAKE_SECONDS, self._judge)

    def _judge(self) -> None:
        self._look = None
        if not self._transport.get_write_buffer_size():
            return
        taken = self._written - self._untaken() - self._taken
        if taken >= TAKE_BYTES:
            self._watch()
            return
        log.info("a client took %d bytes of its answer in %g s; its connection is ended", taken, TAKE_SECONDS)
        # What the system still holds for the client goes too, at once (RST): it may never ask for it.
        client: socket.socket = self._transport.get_extra_info("socket")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _untaken(self) -> int:
        """Bytes that wait here or in the system: it takes megabytes, and calls for more only when a third is gone."""
        waiting: int = self._transport.get_write_buffer_size()
        if sys.platform == "linux":
            client: socket.socket = self._transport.get_extra_info("socket")
            # tcp(7) names it SIOCOUTQ.
            waiting += int.from_bytes(fcntl.ioctl(client.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
        return waiting
