"""Virtual time: processes are generators that yield what they wait for."""

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterator

Process = Generator["float | Signal", None, None]
"""Yields seconds to wait, or a signal to wait for."""


class Signal:
    """Something that happens once."""

    def __init__(self) -> None:
        self.happened = False
        self.waiting: list[Process] = []


class Clock:
    """Runs processes in the order of their times; nothing happens between two events."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def at(self, time: float, action: Callable[[], None]) -> None:
        """Do something at a time."""
        heapq.heappush(self._events, (time, next(self._numbers), action))

    def start(self, process: Process) -> Signal:
        """Begin a process now; the signal happens when it ends."""
        ended = Signal()
        self.at(self.now, lambda: self._step(self._followed(process, ended)))
        return ended

    def happen(self, signal: Signal) -> None:
        """Let a signal happen: those who wait for it go on now."""
        signal.happened = True
        for process in signal.waiting:
            self.at(self.now, lambda process=process: self._step(process))  # type: ignore[misc]
        signal.waiting.clear()

    def run(self) -> None:
        """Until nothing is left to happen."""
        while self._events:
            self.now, _, action = heapq.heappop(self._events)
            action()

    def _followed(self, process: Process, ended: Signal) -> Process:
        yield from process
        self.happen(ended)

    def _step(self, process: Process) -> None:
        for wanted in process:
            if isinstance(wanted, Signal):
                if wanted.happened:
                    continue
                wanted.waiting.append(process)
            else:
                self.at(self.now + wanted, lambda: self._step(process))
            return


class Cores:
    """Processors that work for one at a time each, first come, first served."""

    def __init__(self, clock: Clock, count: int) -> None:
        self._clock = clock
        self._free = count
        self._waiting: deque[Signal] = deque()

    def spend(self, seconds: float) -> Iterator["float | Signal"]:
        """Wait for a processor and keep it for so long."""
        if self._free:
            self._free -= 1
        else:
            turn = Signal()
            self._waiting.append(turn)
            yield turn
        yield seconds
        if self._waiting:
            self._clock.happen(self._waiting.popleft())
        else:
            self._free += 1
