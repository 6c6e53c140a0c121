"""A small HTTP server for those who watch a process that has no REST API."""

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pipeline.errors import SettingsError

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REQUEST_SECONDS = 10.0

Answer = tuple[HTTPStatus, str]


class StatusServer:
    """Answers GET requests with what a function says of their path."""

    def __init__(self, answer: Callable[[str], Answer], host: str, port: int) -> None:
        """Take the address; port 0 is one that the system chooses.

        Raises:
            SettingsError: the address is taken, or not one of this machine's.
        """

        class Handler(_Handler):
            def answer(self) -> Answer:
                return answer(self.path)

        try:
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError as error:
            raise SettingsError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="sheaf-status", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Answer nothing more."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    timeout = REQUEST_SECONDS

    def answer(self) -> Answer:
        """Status and body for `self.path`."""
        raise NotImplementedError

    def do_GET(self) -> None:
        status, body = self.answer()
        self.send_response(status)
        self.send_header("Content-Type", MEDIA_TYPE)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Whoever watches asks all the time."""
