"""What every answer carries: the request's id and headers that keep browsers from guessing, framing or caching."""

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import problem_response
from pipeline.errors import InvalidRequest
from pipeline.stores.records.binding import NOTHING, bind

log = logging.getLogger("sheaf.http")

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Set unless the route has set its own."""

PROBES = ("/health/", "/metrics")
"""Asked for every few seconds by machines."""


class Envelope:
    """ASGI middleware around every request. A well-formed `X-Request-ID` of the client is kept.

    It is also the last door for errors that nobody expected: they are logged under the request's id.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request an id, and its answer the headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _GIVEN_ID.fullmatch(given) else f"req_{uuid.uuid4().hex}"
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(scope, send, request_id)
        bind(NOTHING)  # until a key says whose it is
        try:
            _check_address(scope)
            await self.app(_as_get(scope), receive, answer.send)
        except InvalidRequest as error:
            await problem_response(Request(scope), error)(scope, receive, answer.send)
        except Exception as error:
            log.exception("request %s failed", request_id)
            if answer.begun:
                raise
            await problem_response(Request(scope), error)(scope, receive, answer.send)


def _as_get(scope: Scope) -> Scope:
    """HEAD is answered like GET (RFC 9110, 9.3.2); the server leaves the body out, for it knows what was asked.

    A route whose body comes as it is made looks at `headers_only`: nobody would hear the end of it.
    """
    if scope["method"] != "HEAD":
        return scope
    return {**scope, "method": "GET", "state": {**scope.get("state", {}), "headers_only": True}}


def _check_address(scope: Scope) -> None:
    """PostgreSQL cannot be asked for a text with a NUL in it."""
    if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
        raise InvalidRequest("the address holds the character NUL")


class _Answer:
    """Adds the headers to an answer, and writes its line in the log."""

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        self.begun = False
        self._scope = scope
        self._send = send
        self._request_id = request_id
        self._started = time.monotonic()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in {"X-Request-ID": self._request_id, **HEADERS}.items():
                headers.setdefault(name, value)
            # The query is left out: it may hold what a person searches for.
            log.log(
                logging.DEBUG if self._scope["path"].startswith(PROBES) else logging.INFO,
                "%s %s %d",
                self._scope["method"],
                self._scope["path"],
                message["status"],
                extra={"request": self._request_id, "seconds": round(time.monotonic() - self._started, 4)},
            )
        await self._send(message)
