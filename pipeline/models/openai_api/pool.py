"""Which of several servers gets the next request."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from pipeline.errors import JobCancelled, ModelUnavailable

log = logging.getLogger("sheaf.models")

FIRST_LOOK_SECONDS = 0.5
LONGEST_LOOK_SECONDS = 30.0
"""Between two looks at a server that does not answer; the pause doubles in between."""
ASK_SECONDS = 1.0


class Named(Protocol):
    """What a pool wants of a server."""

    @property
    def name(self) -> str:
        """Said in messages."""


S = TypeVar("S", bound=Named)


@dataclass(eq=False, slots=True)
class _Place(Generic[S]):
    """A server and what the pool knows of it."""

    server: S
    flying: int = 0
    last_used: float = 0.0
    down: bool = False
    paused_until: float = 0.0
    look_at: float = 0.0
    look_pause: float = field(default=FIRST_LOOK_SECONDS)

    def rest(self, now: float) -> float:
        """Seconds for which it asked to be left alone."""
        return max(0.0, self.paused_until - now)


class Pool(Generic[S]):
    """Lends servers, the least loaded first, each to so many callers at a time. Thread-safe.

    A server that failed is left out until `alive` says that it answers again, which is asked in the background; where
    all have failed, one is lent all the same, so that a caller finds out at once when it is back. Callers wait in the
    order in which they came.
    """

    def __init__(self, servers: Sequence[S], *, parallel: int, max_waiting: int, alive: Callable[[S], bool]) -> None:
        self._places = [_Place(server) for server in servers]
        self._parallel = parallel
        self._max_waiting = max_waiting
        self._alive = alive
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()
        self._watcher: threading.Thread | None = None
        self._closed = False

    @contextmanager
    def lent(
        self, *, seconds: float, stopped: Callable[[], bool] = lambda: False, without: Collection[S] = ()
    ) -> Iterator[S]:
        """A server for the length of the block, none of `without`.

        Raises:
            ModelUnavailable: none gets free in time, or too many wait already.
            JobCancelled: `stopped` returned true; it is asked about once a second.
        """
        place = self._wait(seconds, stopped, without)
        try:
            yield place.server
        finally:
            with self._changed:
                place.flying -= 1
                self._changed.notify_all()

    def ranked(self) -> list[S]:
        """All servers: those that answer first, the least loaded first."""
        with self._changed:
            return [place.server for place in sorted(self._places, key=lambda place: (place.down, place.flying))]

    def failed(self, server: S, *, down: bool, pause: float) -> None:
        """Note that a server failed: leave it out until it answers, or for `pause` seconds."""
        with self._changed:
            place = self._place(server)
            place.paused_until = max(place.paused_until, time.monotonic() + pause)
            if down and not place.down:
                log.warning("model server %s is left out until it answers again", server.name)
                place.down = True
                place.look_pause = FIRST_LOOK_SECONDS
                place.look_at = time.monotonic()
                self._watch()
            self._changed.notify_all()

    def close(self) -> None:
        """Look after nobody any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            watcher = self._watcher
        if watcher is not None:
            watcher.join()

    def _place(self, server: S) -> _Place[S]:
        return next(place for place in self._places if place.server is server)

    def _wait(self, seconds: float, stopped: Callable[[], bool], without: Collection[S]) -> _Place[S]:
        ticket = object()
        end = time.monotonic() + seconds
        with self._changed:
            if len(self._queue) >= self._max_waiting:
                waiting = f"{self._max_waiting} requests wait for the model already (chat.max_waiting)"
                raise ModelUnavailable(waiting, reached=False)
            self._queue.append(ticket)
            try:
                return self._turn(ticket, end, stopped, without)
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()

    def _turn(self, ticket: object, end: float, stopped: Callable[[], bool], without: Collection[S]) -> _Place[S]:
        while True:
            now = time.monotonic()
            place = self._best(now, without) if self._queue[0] is ticket else None
            if place is not None:
                place.flying += 1
                place.last_used = now
                return place
            if now >= end:
                raise ModelUnavailable("no model server had room in time", reached=False)
            if self._asked(stopped):
                raise JobCancelled
            rests = [place.rest(now) for place in self._places if place.rest(now)]
            self._changed.wait(min(ASK_SECONDS, end - now, *rests) + 0.001)

    def _asked(self, stopped: Callable[[], bool]) -> bool:
        """Ask without the lock: the caller's answer may take a query."""
        self._changed.release()
        try:
            return stopped()
        finally:
            self._changed.acquire()

    def _best(self, now: float, without: Collection[S]) -> _Place[S] | None:
        """The least loaded of those that answer; of all where none does."""
        here = [place for place in self._places if place.server not in without]
        awake = [place for place in here if not place.rest(now)]
        candidates = [place for place in awake if not place.down] or (awake if all(p.down for p in here) else [])
        free = [place for place in candidates if place.flying < self._parallel]
        return min(free, key=lambda place: (place.flying, place.last_used), default=None)

    def _watch(self) -> None:
        if self._watcher is None or not self._watcher.is_alive():
            self._watcher = threading.Thread(target=self._look_after, name="model-servers", daemon=True)
            self._watcher.start()

    def _look_after(self) -> None:
        """Look at the servers that are down until none is."""
        while True:
            with self._changed:
                down = [place for place in self._places if place.down]
                if self._closed or not down:
                    self._watcher = None
                    return
                place = min(down, key=lambda place: place.look_at)
                wait = place.look_at - time.monotonic()
                if wait > 0:
                    self._changed.wait(wait)
                    continue
            self._look_at(place)

    def _look_at(self, place: _Place[S]) -> None:
        alive = self._alive(place.server)
        with self._changed:
            if alive:
                log.info("model server %s answers again", place.server.name)
                place.down = False
            place.look_at = time.monotonic() + place.look_pause
            place.look_pause = min(2 * place.look_pause, LONGEST_LOOK_SECONDS)
            self._changed.notify_all()
