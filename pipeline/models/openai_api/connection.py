"""The connection under one request to a model server.

The client library's own time limits hold for each read, so that a server that says nothing, or drips, could not be left
before they pass. Its transport takes a network backend, which is where a watch can be kept. Each request has a
connection of its own: beside the seconds of an answer it costs nothing, closing it is what makes a server stop, and no
request dies of a connection that the server has closed meanwhile.
"""

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore2
import httpx
import httpx2

from pipeline.models.openai_api.watch import Watch
from pipeline.tracing.context import HEADER
from pipeline.tracing.current import traceparent

CONNECT_SECONDS = 5.0
_KEPT_HEADERS = frozenset({b"host", b"accept", b"content-type", b"content-length", b"transfer-encoding"})


class WatchedBackend(httpcore2.NetworkBackend):
    """Connects as usual, and keeps a watch over what it connects."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect within a few seconds, whatever the answer may take."""
        del timeout
        self._watch.look()
        stream = self._backend.connect_tcp(host, port, CONNECT_SECONDS, local_address, socket_options)
        return WatchedStream(stream, self._watch)


class WatchedStream(httpcore2.NetworkStream):
    """A stream that waits no longer than its watch allows at a time."""

    def __init__(self, stream: httpcore2.NetworkStream, watch: Watch) -> None:
        self._stream = stream
        self._watch = watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes, as soon as there are some."""
        del timeout
        while True:
            try:
                data = self._stream.read(max_bytes, self._watch.look())
            except httpcore2.ReadTimeout:
                continue
            self._watch.take(len(data))
            return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of the buffer; the socket is used itself, since the library does not say how far it came."""
        del timeout
        socket = self._stream.get_extra_info("socket")
        view = memoryview(buffer)
        while view:
            socket.settimeout(self._watch.look())
            try:
                view = view[socket.send(view) :]
            except TimeoutError:
                continue
            except OSError as error:
                raise httpcore2.WriteError(str(error)) from error

    def close(self) -> None:
        """Close the socket."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """The same connection with TLS."""
        del timeout
        self._watch.look()
        return WatchedStream(self._stream.start_tls(ssl_context, server_hostname, CONNECT_SECONDS), self._watch)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - the signature of the library
        """What the library asks of its streams."""
        return self._stream.get_extra_info(info)


class WatchedTransport(httpx2.BaseTransport):
    """Sends requests over watched connections, with the headers that they need, `traceparent`, and no others.

    The client library would add what it finds in the environment, and tells the server about this machine. The key is
    added here, last, so that the library never knows it.
    """

    def __init__(self, watch: Watch, trust: ssl.SSLContext, key: str | None) -> None:
        self._pool = httpcore2.ConnectionPool(ssl_context=trust, network_backend=WatchedBackend(watch))
        self._key = key

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """One request and the head of its answer."""
        url = request.url
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        with _translated():
            response = self._pool.handle_request(
                httpcore2.Request(
                    method=request.method, url=target, headers=self._headers(request), content=request.stream
                )
            )
        headers = httpx2.Headers(response.headers)
        if headers.get("content-encoding", "identity") != "identity":
            response.close()
            raise httpx2.DecodingError("the answer is compressed, which was not asked for")
        return httpx2.Response(response.status, headers=headers, stream=_Body(response))

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()

    def _headers(self, request: httpx2.Request) -> list[tuple[bytes, bytes]]:
        headers = [(name, value) for name, value in request.headers.raw if name.lower() in _KEPT_HEADERS]
        headers += [(b"user-agent", b"Sheaf/1"), (b"accept-encoding", b"identity"), (b"connection", b"close")]
        if (traced := traceparent()) is not None:
            headers.append((HEADER.encode(), traced.encode()))
        if self._key is not None:
            headers.append((b"authorization", b"Bearer " + self._key.encode()))
        return headers


class _Body(httpx2.SyncByteStream):
    """The body of an answer as it comes."""

    def __init__(self, response: httpcore2.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _translated():
            yield from self._response.iter_stream()

    def close(self) -> None:
        """Let go of the answer, read or not."""
        self._response.close()


@contextmanager
def _translated() -> Iterator[None]:
    """The transport library's errors as those that its user knows."""
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise httpx2.ConnectTimeout(str(error)) from error
    except httpcore2.ConnectError as error:
        raise httpx2.ConnectError(str(error)) from error
    except (httpcore2.NetworkError, httpcore2.ConnectionNotAvailable) as error:
        raise httpx2.NetworkError(str(error)) from error
    except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol) as error:
        raise httpx2.RemoteProtocolError(str(error)) from error


def trusted() -> ssl.SSLContext:
    """Verifies servers against the authorities of Mozilla and of the system."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context
