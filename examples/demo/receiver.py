"""A receiver of webhooks that believes only what is signed: Standard Webhooks 1.0.0, `v1`."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
TOLERANCE_SECONDS = 300
LARGEST_BODY = 1_000_000

Event = dict[str, Any]


class NotVerified(Exception):
    """The delivery is not from the service, or too old."""


def verify(secret: str, headers: Mapping[str, str], body: bytes, *, now: float) -> None:
    """Check the signature over `id.timestamp.body` and the age of a delivery.

    Raises:
        NotVerified: it must not be believed; the message says why.
    """
    message_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not sent_at.isdigit() or abs(now - int(sent_at)) > TOLERANCE_SECONDS:
        raise NotVerified("the timestamp is missing or too far from now")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{sent_at}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = headers.get("webhook-signature", "").split()
    if not any(hmac.compare_digest(f"v1,{wanted}", each) for each in given):
        raise NotVerified("no signature fits")


class Receiver:
    """Listens on a free port of the loopback and keeps what it has verified."""

    def __init__(self) -> None:
        self.secret = ""
        self.refused: list[str] = []
        """Why deliveries were not believed."""
        self._events: dict[str, Event] = {}
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """What to give as `webhook_url`."""
        return f"http://{HOST}:{self.port}/sheaf"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait_for(self, job_id: str, seconds: float) -> Event | None:
        """The verified event of a job, with `received_at`; `None` where none came in time."""
        with self._arrived:
            self._arrived.wait_for(lambda: job_id in self._events, seconds)
            return self._events.get(job_id)

    def receive(self, headers: Mapping[str, str], body: bytes) -> None:
        """Verify a delivery and keep its event; one that comes twice is kept once.

        Raises:
            NotVerified: it must not be believed.
        """
        verify(self.secret, headers, body, now=time.time())
        event: Event = json.loads(body)
        with self._arrived:
            self._events.setdefault(event["data"]["job_id"], event | {"received_at": time.monotonic()})
            self._arrived.notify_all()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = min(int(self.headers.get("content-length", 0)), LARGEST_BODY)
                body = self.rfile.read(length)
                try:
                    receiver.receive({name.lower(): value for name, value in self.headers.items()}, body)
                except NotVerified as error:
                    receiver.refused.append(str(error))
                    self.send_response(401)
                else:
                    self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the base class
                pass

        return Handler
