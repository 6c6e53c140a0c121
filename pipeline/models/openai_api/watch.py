"""How long an answer is waited for, for whom, and how much of it is taken."""

import time
from collections.abc import Callable

from pipeline.errors import JobCancelled, ModelTimeout, ModelUnavailable

ASK_SECONDS = 1.0
"""How often the caller is asked whether it still wants the answer."""


class Watch:
    """Over one request: its time, its size, and whether anybody still waits for it. Used by one thread at a time."""

    def __init__(self, *, seconds: float, max_bytes: int, stopped: Callable[[], bool] = lambda: False) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._left = max_bytes
        self._stopped = stopped
        self._asked = float("-inf")

    def look(self) -> float:
        """Seconds until the next look has to be taken, more than 0.

        Raises:
            JobCancelled: the caller does not want the answer any more; what else the caller raises is passed on.
            ModelTimeout: the time is over.
        """
        now = time.monotonic()
        if now >= self._asked + ASK_SECONDS:
            self._asked = now
            if self._stopped():
                raise JobCancelled
        if now >= self._end:
            raise ModelTimeout(f"no whole answer within {self._seconds:g} s", seconds=self._seconds)
        return max(0.001, min(self._end, self._asked + ASK_SECONDS) - now)

    def take(self, size: int) -> None:
        """Note so many bytes of answer.

        Raises:
            ModelUnavailable: it is more than any answer to the request needs.
        """
        self._left -= size
        if self._left < 0:
            raise ModelUnavailable("the model server sends more than any answer needs; it was cut off")
