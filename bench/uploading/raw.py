"""An upload written by hand: its length said rightly, wrongly or not at all, its bytes sent when somebody says so."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlsplit

from bench.uploading.kernel import on_the_way

BEGIN = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
END = b"\r\n--b--\r\n"
PIECE = 64 * 1024
ANSWER_SECONDS = 60.0
LOOK_SECONDS = 0.01


class RawUpload:
    """One connection. Its answer is read from the beginning on, since it may come before the end of the upload."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, key: str) -> None:
        self._reader, self._writer = reader, writer
        self._head = f"POST /v1/documents HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
        self._ports = writer.get_extra_info("sockname")[1], writer.get_extra_info("peername")[1]
        self._chunked = False
        self.answer: asyncio.Task[tuple[int, dict[str, Any]]] = asyncio.create_task(self._answer())

    @classmethod
    async def to(cls, url: str, key: str) -> Self:
        """Connect to the service."""
        address = urlsplit(url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        return cls(reader, writer, address.netloc, key)

    async def begin(self, headers: Mapping[str, str]) -> None:
        """Send the request's head, and the beginning of its form."""
        self._chunked = "Transfer-Encoding" in headers
        said = {"Content-Type": "multipart/form-data; boundary=b", **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        self._writer.write(f"{self._head}{lines}\r\n".encode())
        await self.send(BEGIN)

    async def send(self, data: bytes) -> None:
        """Bytes of the form.

        Raises:
            OSError: the service takes no more.
        """
        self._writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n" if self._chunked else data)
        await self._writer.drain()

    async def end(self) -> tuple[int, dict[str, Any]]:
        """Send the end of the form; the answer's status and body."""
        await self.send(END)
        if self._chunked:
            self._writer.write(b"0\r\n\r\n")
        return await asyncio.wait_for(self.answer, ANSWER_SECONDS)

    async def pour(self, exactly_from: int, at_most: int) -> int:
        """Send piece after piece until the service answers; how many bytes of them it had read by then.

        From `exactly_from` on each piece waits until those before were read, so that what lies in the kernel's buffers,
        which hold megabytes, is not counted as read. Asking the kernel costs too much to do it for each.
        """
        piece, sent = b"x" * PIECE, 0
        while sent < at_most and not self.answer.done():
            try:
                await self.send(piece)
            except OSError:
                break
            sent += PIECE
            while sent >= exactly_from and not self.answer.done() and on_the_way(*self._ports):  # noqa: ASYNC110
                await asyncio.sleep(LOOK_SECONDS)  # there is no event to wait for
        return sent

    def close(self) -> None:
        """Leave, also in the middle of it."""
        self.answer.cancel()
        self._writer.transport.abort()

    async def _answer(self) -> tuple[int, dict[str, Any]]:
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
        return int(lines[0].split(" ")[1]), json.loads(await self._reader.readexactly(length))
