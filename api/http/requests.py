"""Request bodies under limits: counted while they arrive, and cut when they stand still."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

import orjson
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive

from pipeline.errors import InvalidRequest, RequestTooLarge, SheafError, UploadStalled

MAX_JSON_BYTES = 1024 * 1024
JSON_IDLE_SECONDS = 30.0
MIN_BYTES_PER_IDLE = 4096
"""A body that brings fewer bytes than this within the idle time is cut, however regularly it drips."""
DROPPED_BYTES = 512 * 1024
"""How much is read, and thrown away, of a request that has been answered."""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def declared_length(request: Request) -> int | None:
    """What `Content-Length` says; `None` where it is absent.

    Raises:
        InvalidRequest: it is no number.
    """
    text = request.headers.get("content-length")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise InvalidRequest("Content-Length is no number", field="Content-Length")
    return int(text)


def may_be_cut(request: Request) -> bool:
    """Whether the body may be larger than what is still read of it once the request has been answered."""
    length = request.headers.get("content-length", "0")
    return "transfer-encoding" in request.headers or not length.isdecimal() or int(length) > DROPPED_BYTES


async def bounded_stream(
    receive: Receive, *, max_bytes: int, idle_seconds: float, too_large: Callable[[], SheafError]
) -> AsyncGenerator[bytes, None]:
    """The body chunk by chunk.

    Raises:
        SheafError: what `too_large` makes, at the first byte beyond `max_bytes`.
        UploadStalled: it stood still, or dripped, for `idle_seconds`.
        ClientDisconnect: the client has gone.
    """
    loop = asyncio.get_running_loop()
    deadline, counted, since = loop.time() + idle_seconds, 0, 0
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            raise UploadStalled(f"fewer than {MIN_BYTES_PER_IDLE} bytes came within {idle_seconds:g} s") from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        counted += len(chunk)
        since += len(chunk)
        if counted > max_bytes:
            raise too_large()
        if since >= MIN_BYTES_PER_IDLE:
            deadline, since = loop.time() + idle_seconds, 0
        if chunk:
            yield chunk
        if not message.get("more_body", False):
            return


def _too_large() -> SheafError:
    return RequestTooLarge(f"the body is larger than {MAX_JSON_BYTES} bytes", limit=MAX_JSON_BYTES)


def parse_json(text: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """JSON by the letter: no NaN, no lone surrogates, and no NUL, which PostgreSQL cannot keep in a text.

    Raises:
        json.JSONDecodeError: it is no JSON.
        InvalidRequest: it holds a NUL, or is nested so deeply that it could not be written again.
    """
    if _NUL.search(text):
        raise InvalidRequest("a text holds the character NUL")
    value = orjson.loads(text)
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise InvalidRequest("the JSON is nested too deeply") from error
    return value


class BoundedRequest(Request):
    """A request whose body is a JSON text of at most `MAX_JSON_BYTES`, read strictly."""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body, counted and timed."""
        if (declared_length(self) or 0) > MAX_JSON_BYTES:
            raise _too_large()
        chunks = bounded_stream(
            self.receive, max_bytes=MAX_JSON_BYTES, idle_seconds=JSON_IDLE_SECONDS, too_large=_too_large
        )
        async for chunk in chunks:
            yield chunk

    async def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """The body's value."""
        return parse_json(await self.body())


class BoundedRoute(APIRoute):
    """A route that reads its JSON body through `BoundedRequest`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, given our request."""
        handler = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            return await handler(BoundedRequest(request.scope, request.receive))

        return bounded
