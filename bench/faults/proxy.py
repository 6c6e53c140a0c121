"""A TCP proxy that can do to a connection what networks do: reset it, leave it half-open, slow it down."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from bench.servers import HOST

CHUNK_BYTES = 65_536
SERVER_NOTICES_SECONDS = 60.0
"""After which the server's end of a half-open connection is closed, as by its keep-alive; the client's end never is."""
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time to linger: closing sends RST."""


Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


class Network:
    """The loop that all proxies of a run live on, in a thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._listening: list[asyncio.Server] = []
        self._accepted: WeakSet[asyncio.StreamWriter] = WeakSet()
        self._tasks: set[asyncio.Future[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever the work gives
        """Do it there, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def listen(self, accept: Accept) -> int:
        """Begin to listen on a free port, which is given."""

        def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._accepted.add(writer)
            self._tasks.add(task := asyncio.ensure_future(accept(reader, writer)))
            task.add_done_callback(self._tasks.discard)

        server = await asyncio.start_server(begin, HOST, 0)
        self._listening.append(server)
        return int(server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """End everything."""
        self.call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        for server in self._listening:
            server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for writer in list(self._accepted):  # a task ended before its first step has closed nothing
            writer.transport.abort()
        await asyncio.sleep(0.05)  # transports end in a later turn of the loop


@dataclass(eq=False)
class _Connection:
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    open: asyncio.Event = field(default_factory=asyncio.Event)
    """Unset while nothing is passed on."""
    withheld: bool = False
    """Whether what the server says is kept from the client from now on."""
    sent: bytes = b""
    """The end of what the client sent."""


class Proxy:
    """Stands in front of one server for one process."""

    def __init__(self, network: Network, target: int) -> None:
        self._network = network
        self._target = target
        self._connections: set[_Connection] = set()
        self._delay = 0.0
        self._marks: tuple[bytes, bytes] | None = None
        self.caught = threading.Event()
        """Set when the answer to the marked message is withheld: see `withhold`."""
        self.port: int = network.call(network.listen(self._accept))

    def reset(self) -> None:
        """Every present connection ends at both sides with RST."""
        self._network.call(self._reset())

    def half_open(self) -> None:
        """Every present connection falls silent and is never closed towards the client; new ones are well."""
        self._network.call(self._half_open())

    def slow(self, seconds: float) -> None:
        """From now on each piece waits so long before it is passed on; 0 is no wait."""
        self._delay = seconds

    def withhold(self, first: bytes, then: bytes) -> None:
        """Of the connection that next sends `first` and after that `then`, pass on all that, but no answer any more."""
        self._marks = (first, then)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_server, to_server = await asyncio.open_connection(HOST, self._target)
        except OSError:
            _abort(writer)
            return
        connection = _Connection(writer, to_server)
        connection.open.set()
        self._connections.add(connection)
        try:
            await asyncio.gather(
                self._pump(connection, reader, to_server, from_client=True),
                self._pump(connection, from_server, writer, from_client=False),
            )
            writer.close()
            to_server.close()
        except (OSError, asyncio.CancelledError):  # one side is gone, or the run is over
            _abort(writer)
            _abort(to_server)
        finally:
            self._connections.discard(connection)

    async def _pump(
        self,
        connection: _Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        from_client: bool,
    ) -> None:
        while data := await reader.read(CHUNK_BYTES):
            await connection.open.wait()
            if self._delay:
                await asyncio.sleep(self._delay)
            if from_client:
                self._look_for_marks(connection, data)
            elif connection.withheld:
                continue
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    def _look_for_marks(self, connection: _Connection, data: bytes) -> None:
        if self._marks is None:
            return
        first, then = self._marks
        connection.sent = connection.sent + data
        _, found, rest = connection.sent.partition(first)
        if found and then in rest:
            connection.withheld, self._marks = True, None
            self.caught.set()
        elif not found:
            connection.sent = connection.sent[-len(first) :]

    async def _reset(self) -> None:
        for connection in list(self._connections):
            _abort(connection.client)
            _abort(connection.server)

    async def _half_open(self) -> None:
        for connection in list(self._connections):
            connection.open.clear()
            asyncio.get_running_loop().call_later(SERVER_NOTICES_SECONDS, _abort, connection.server)


def _abort(writer: asyncio.StreamWriter) -> None:
    found: socket.socket | None = writer.get_extra_info("socket")
    if found is not None and not writer.transport.is_closing():
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
