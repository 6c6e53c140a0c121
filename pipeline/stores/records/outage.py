"""A server that has fallen silent is waited for by one thread, so that everybody else is told at once.

A connection to such a server is given up after many seconds. Were each thread to wait so long, an API process would
answer only a few requests a second with its refusals, and the others would queue for its threads without bound.
"""

import threading
import time
from collections.abc import Callable

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from pipeline.errors import DatabaseUnavailable

SILENT_SECONDS = 2.0
"""Who is refused sooner than this met a server that answers, or none: asking again costs nobody anything."""


class Outage:
    """Whether the server is silent, as far as this process knows. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._silent = False
        self._asking = threading.Lock()

    def connect(self, connect: Callable[[], Connection]) -> Connection:
        """The connection that `connect` makes or finds.

        Raises:
            DatabaseUnavailable: the server is silent, and another thread asks it already.
            OperationalError: what `connect` raises.
        """
        if not self._silent:
            return self._tried(connect)
        if not self._asking.acquire(blocking=False):
            raise DatabaseUnavailable
        try:
            return self._tried(connect)
        finally:
            self._asking.release()

    def _tried(self, connect: Callable[[], Connection]) -> Connection:
        began = self._clock()
        try:
            found = connect()
        except OperationalError:
            self._silent = self._clock() - began > SILENT_SECONDS
            raise
        self._silent = False
        return found
