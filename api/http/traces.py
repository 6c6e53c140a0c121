"""A span around every request: the root of a job's trace, or the child of what the client traces."""

from http import HTTPMethod

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.envelope import PROBES
from pipeline.tracing.context import HEADER, received
from pipeline.tracing.current import active, note_failure
from pipeline.tracing.spans import Span, Tracer

METHODS = frozenset(method.value for method in HTTPMethod)
SERVER_ERROR = 500


class Traces:
    """ASGI middleware, the outermost, where something is traced. A well-formed `traceparent` is gone on with.

    A span is called by the route's pattern, never by the address: addresses and queries hold what strangers write.
    """

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self.app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Time the request."""
        if scope["type"] != "http" or scope["path"].startswith(PROBES):
            await self.app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        parent = received(Headers(scope=scope).getlist(HEADER))
        span = self._tracer.start(method, "server", parent=parent, facts={"http.request.method": method})

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                _tell(span, scope, method, message["status"])
            await send(message)

        with active(span):
            try:
                await self.app(scope, receive, told)
            except BaseException as error:
                note_failure(span, error)
                raise
            finally:
                span.end()


def _tell(span: Span, scope: Scope, method: str, status: int) -> None:
    """What is known once the answer begins: by then the route is found."""
    route = getattr(scope.get("route"), "path", None)
    if route is not None:
        span.rename(f"{method} {route}")
    request_id = scope.get("state", {}).get("request_id")
    span.note({"http.route": route, "http.response.status_code": status, "sheaf.request": request_id})
    if status >= SERVER_ERROR:
        span.fail()
