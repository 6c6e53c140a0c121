"""Server-sent events (HTML standard, section 9.2)."""

from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

MEDIA_TYPE = "text/event-stream"
STILL_HERE = b": still here\n\n"
"""A comment, so that proxies do not take a quiet stream for a dead one."""


def encode(event: str, data: bytes) -> bytes:
    """One event; `data` is a JSON text without line breaks."""
    return b"event: " + event.encode() + b"\ndata: " + data.replace(b"\n", b" ") + b"\n\n"


def stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    """An answer that sends events as they come, and tells proxies not to hold them back."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, headers=headers, media_type=MEDIA_TYPE)


def described(events: str) -> dict[int | str, dict[str, object]]:
    """How OpenAPI shows such an answer."""
    return {200: {"description": events, "content": {MEDIA_TYPE: {"schema": {}}}}}
