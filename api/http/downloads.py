"""Sending stored files: always as an attachment, never as something a browser would run; single ranges are served."""

import re
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

CHUNK_BYTES = 256 * 1024
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def attachment(name: str) -> dict[str, str]:
    """Headers that make a browser save the answer under `name` (RFC 6266; the name by RFC 8187)."""
    plain = re.sub(r"[^A-Za-z0-9 ._()-]", "_", name) or "document"
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": SANDBOX,
    }


def byte_range(header: str | None, size: int) -> range | None:
    """The bytes that a `Range` header asks for; `None` means all, as for several or malformed ranges (RFC 9110, 14.2).

    An empty range means that none of them exists.
    """
    match = _RANGE.fullmatch((header or "").replace(" ", ""))
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(size, int(last) + 1) if last else size)


def stream_file(request: Request, file: BinaryIO, *, size: int, name: str, media_type: str) -> Response:
    """The answer with the file's bytes, or the part of them asked for; it closes the file."""
    headers = {**attachment(name), "Accept-Ranges": "bytes"}
    wanted = byte_range(request.headers.get("range"), size)
    if wanted is None:
        headers["Content-Length"] = str(size)
        return _FileResponse(file, range(size), 200, headers, media_type)
    if len(wanted) == 0:
        file.close()
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{size}"
    headers["Content-Length"] = str(len(wanted))
    return _FileResponse(file, wanted, 206, headers, media_type)


class _FileResponse(StreamingResponse):
    """Closes the file also where the client goes before it has all, or any."""

    def __init__(
        self, file: BinaryIO, wanted: range, status_code: int, headers: dict[str, str], media_type: str
    ) -> None:
        super().__init__(_chunks(file, wanted), status_code, headers, media_type)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


def _chunks(file: BinaryIO, wanted: range) -> Iterator[bytes]:
    file.seek(wanted.start)
    left = len(wanted)
    while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
        left -= len(chunk)
        yield chunk
