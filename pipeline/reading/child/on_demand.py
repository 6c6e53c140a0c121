"""Children that requests wait for: few at a time, so that asking for many pages takes neither memory nor threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from pipeline.errors import ParsersBusy
from pipeline.reading.child.sandbox import Sandbox

WAITING_FOR_EACH = 7
"""Calls that may wait for each child; each holds a thread of the server."""
WAIT_SECONDS = 10.0


class OnDemand:
    """A sandbox of which at most `children` calls run at once. Thread-safe."""

    def __init__(self, sandbox: Sandbox, children: int, wait_seconds: float = WAIT_SECONDS) -> None:
        self._sandbox = sandbox
        self._running = threading.BoundedSemaphore(children)
        self._admitted = threading.BoundedSemaphore(children * (1 + WAITING_FOR_EACH))
        self._wait_seconds = wait_seconds

    def run(self, task: str, source: BinaryIO, arguments: dict[str, Any]) -> bytes:
        """See `Sandbox.run`.

        Raises:
            ParsersBusy: too many calls wait already, or none ended for `wait_seconds`.
        """
        with _taken(self._admitted, 0.0), _taken(self._running, self._wait_seconds):
            return self._sandbox.run(task, source, arguments, queues=False)


@contextmanager
def _taken(places: threading.Semaphore, seconds: float) -> Iterator[None]:
    if not places.acquire(timeout=seconds):
        raise ParsersBusy
    try:
        yield
    finally:
        places.release()
