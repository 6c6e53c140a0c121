"""Uploads at the door of a real service whose workers rest: how many a second, and what memory each of many takes.

- `uploads_per_s`, `p99_ms`: small documents, one after another on each of so many connections.
- `held`: how many of 200 uploads at once were accepted, all of them standing in the middle until the last was there.
- `oversize`: uploads that send more than they may, many at once: in `chunks` of no stated length, with a length
  `within` what a form may have while its file is beyond `http.max_upload_bytes`, with `less` than they send, and
  `unsaid`. Each tells how many heard that they were refused (`refused`), how far beyond the limit, or the length they
  said, the worst was read (`beyond_kb`), and the memory for each (`memory_kb`).
- `memory_per_upload_kb`: the most of all these. Memory is what the service's process had resident at most (VmHWM), less
  what it had before.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from api.http.uploads import FORM_BYTES
from bench.faults.checker import percentile
from bench.service import Service
from bench.uploading.kernel import forget_peak, peak_bytes
from bench.uploading.raw import ANSWER_SECONDS, BEGIN, END, RawUpload

MIB = 1024 * 1024
RESTING = {f"SHEAF_JOBS__{queue}_THREADS": "0" for queue in ("READ", "INFER", "INDEX", "DELIVER")}
SMALL = 16 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How large a run is; sizes in bytes."""

    uploads: int
    connections: int
    held: int
    held_bytes: int
    oversize: int
    """How many at once, of each kind."""
    limit: int
    """`http.max_upload_bytes`."""


FULL = Size(uploads=4_000, connections=32, held=200, held_bytes=4 * MIB, oversize=100, limit=16 * MIB)
QUICK = Size(uploads=400, connections=32, held=200, held_bytes=MIB, oversize=30, limit=8 * MIB)
SHORT = Size(uploads=64, connections=16, held=200, held_bytes=MIB // 2, oversize=10, limit=4 * MIB)
"""For the tests."""


def main(quick: bool) -> dict[str, Any]:
    """Run it; the figures."""
    return run(QUICK if quick else FULL)


def run(size: Size) -> dict[str, Any]:
    """A run of that size."""
    print(f"{size.uploads} uploads of {SMALL // 1024} kB, {size.held} at once, {size.oversize} of each kind too large")
    with tempfile.TemporaryDirectory(prefix="sheaf-upload-") as folder:
        service = Service(Path(folder), RESTING | {"SHEAF_HTTP__MAX_UPLOAD_BYTES": str(size.limit)})
        try:
            service.wait_until_ready()
            return asyncio.run(_Door(service, size).run())
        finally:
            service.stop()


class _Door:
    """The measurements, one after another, on one service."""

    def __init__(self, service: Service, size: Size) -> None:
        self._service = service
        self._size = size
        self._seconds: list[float] = []
        self._numbers = iter(range(1_000_000_000))

    async def run(self) -> dict[str, Any]:
        await self._small(2 * self._size.connections)  # whatever is made once is made now
        self._seconds.clear()
        began = time.perf_counter()
        await self._small(self._size.uploads)
        per_s = self._size.uploads / (time.perf_counter() - began)
        print(f"{self._size.held} uploads of {self._size.held_bytes // 1024} kB at once")
        held, held_kb = await self._with_memory(self._size.held, self._hold)
        oversize = {}
        for kind, (headers, allowed) in self._lies().items():
            print(f"{self._size.oversize} uploads beyond the limit of {self._size.limit // MIB} MB: {kind}")
            cut, kb = await self._with_memory(self._size.oversize, partial(self._exceed, headers, allowed))
            refused = sum(400 <= status < 500 for status, _ in cut)
            beyond = max(read for _, read in cut) / 1024
            oversize[kind] = {"refused": refused, "beyond_kb": round(beyond), "memory_kb": kb}
        return {
            "uploads_per_s": round(per_s, 1),
            "p99_ms": round((percentile(self._seconds, 0.99) or 0) * 1000, 1),
            "memory_per_upload_kb": max(held_kb, *(each["memory_kb"] for each in oversize.values())),
            "held": held,
            "held_memory_kb": held_kb,
            "oversize": oversize,
            "service_exits": self._service.exits,
        }

    async def _with_memory(self, count: int, work: Callable[[], Awaitable[Any]]) -> tuple[Any, int]:
        """What the work gives, and by how many kB the service's memory rose for each of so many."""
        before = forget_peak(self._service.pid)
        done = await work()
        return done, round((peak_bytes(self._service.pid) - before) / count / 1024)

    async def _small(self, count: int) -> None:
        numbers = iter(range(count))

        async def send_all(client: httpx.AsyncClient) -> None:
            for _ in numbers:
                began = time.perf_counter()
                answer = await client.post("/v1/documents", files={"file": ("a.txt", self._content())})
                answer.raise_for_status()
                self._seconds.append(time.perf_counter() - began)

        async with httpx.AsyncClient(
            base_url=self._service.url,
            headers={"Authorization": f"Bearer {self._service.key}"},
            timeout=60,
            trust_env=False,
            limits=httpx.Limits(max_connections=self._size.connections),
        ) as client:
            await asyncio.gather(*(send_all(client) for _ in range(self._size.connections)))

    def _content(self) -> bytes:
        """No two are the same."""
        return b"document %d\n" % next(self._numbers) + b"word " * (SMALL // 5)

    async def _hold(self) -> int:
        """How many were accepted of those that were all under way at once."""
        barrier = asyncio.Barrier(self._size.held)

        async def one() -> int:
            content = self._content()[:100].ljust(self._size.held_bytes, b"x")
            half = len(content) // 2
            upload = await RawUpload.to(self._service.url, self._service.key)
            try:
                await upload.begin({"Content-Length": str(len(BEGIN) + len(content) + len(END))})
                await upload.send(content[:half])
                await barrier.wait()
                await upload.send(content[half:])
                status, _ = await upload.end()
            finally:
                upload.close()
            return status

        statuses = await asyncio.gather(*(one() for _ in range(self._size.held)))
        return statuses.count(httpx.codes.ACCEPTED)

    def _lies(self) -> dict[str, tuple[dict[str, str], int]]:
        """Kind → what is said of the length, and how many bytes of the file the service may then read."""
        limit = self._size.limit
        return {
            "chunks": ({"Transfer-Encoding": "chunked"}, limit),
            "within": ({"Content-Length": str(limit + FORM_BYTES)}, limit),
            "less": ({"Content-Length": str(len(BEGIN) + limit // 2)}, limit // 2),
            "unsaid": ({}, 0),
        }

    async def _exceed(self, headers: dict[str, str], allowed: int) -> list[tuple[int, int]]:
        """The status of each answer, and how many bytes beyond what is allowed were read."""
        return await asyncio.gather(*(self._one_exceeds(headers, allowed) for _ in range(self._size.oversize)))

    async def _one_exceeds(self, headers: dict[str, str], allowed: int) -> tuple[int, int]:
        upload, read = await RawUpload.to(self._service.url, self._service.key), 0
        try:
            await upload.begin(headers)
            read = await upload.pour(exactly_from=allowed - MIB, at_most=self._size.limit + 8 * MIB)
            status, _ = await asyncio.wait_for(upload.answer, ANSWER_SECONDS)
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            return 0, read - allowed
        finally:
            upload.close()
        return status, read - allowed
