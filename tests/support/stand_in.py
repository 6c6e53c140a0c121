"""A server on loopback that answers as a test tells it, for tests of clients."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from schemas import exact_json


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    """With the query."""
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return exact_json.loads(self.body)


Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]
"""Status, body (bytes as they are, else JSON), headers."""


@dataclass
class StandIn:
    """Answers by `METHOD /path` without the query: always the same, a list in turn, or a function of the request."""

    answers: dict[str, Answer | list[Answer] | Callable[[Asked], Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def answer(self, request: Asked) -> Answer:
        self.asked.append(request)
        found = self.answers.get(f"{request.method} {request.path.partition('?')[0]}")
        if found is None:
            return problem(404, "not-found", f"there is nothing at {request.path}")
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found(request) if callable(found) else found


def problem(status: int, name: str, detail: str, **headers: str) -> Answer:
    body = {"type": f"urn:sheaf:problem:{name}", "title": "It failed.", "status": status, "detail": detail}
    return (status, body, {"Content-Type": "application/problem+json", **headers})


@contextmanager
def standing_in(**more: Any) -> Iterator[StandIn]:
    """Serve until the block ends."""
    stand_in = StandIn(**more)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, content, *rest = stand_in.answer(Asked(self.command, self.path, headers, body))
            sent = content if isinstance(content, bytes) else exact_json.dumps(content)
            self.send_response(status)
            for name, value in (rest[0] if rest else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815 - names of the base class

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
