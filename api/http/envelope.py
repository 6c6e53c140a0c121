"""What every answer carries: the request's id and headers that keep browsers from guessing, framing or caching."""

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("sheaf.http")

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Set unless the route has set its own."""


class Envelope:
    """ASGI middleware around every request. A well-formed `X-Request-ID` of the client is kept."""

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
        started = time.monotonic()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {"X-Request-ID": request_id, **HEADERS}.items():
                    headers.setdefault(name, value)
                # The query is left out: it may hold what a person searches for.
                log.info(
                    "%s %s %d",
                    scope["method"],
                    scope["path"],
                    message["status"],
                    extra={"request": request_id, "seconds": round(time.monotonic() - started, 4)},
                )
            await send(message)

        await self.app(scope, receive, sending)
