"""Who may claim a stage of the queue `infer`, and when: nobody while the engine is away or has enough to do."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.jobs.doorbell import Queue
from workers.gpu.figures import EngineFigures


@dataclass(frozen=True, slots=True)
class Ticket:
    """A stage that was let in, and after how many losses of the engine."""

    losses: int


class Gate:
    """Lets stages in while the engine is healthy and its waiting queue is short.

    When the engine is lost, what was in is suspected: a document may have killed it, and would take the same
    neighbours along at every attempt. As many stages as were in are then let in one by one; the guilty one uses up its
    attempts alone.
    """

    def __init__(
        self, healthy: Callable[[], bool], figures: Callable[[], EngineFigures | None], *, max_waiting: int
    ) -> None:
        """No stage is let in while more than `max_waiting` requests wait in the engine."""
        self._healthy = healthy
        self._figures = figures
        self._max_waiting = max_waiting
        self._inside = 0
        self._doubted = 0
        self._suspects = 0
        self._losses = 0
        self._lock = threading.Lock()

    @property
    def open(self) -> bool:
        """Whether a stage would be let in now."""
        with self._lock:
            return self._open()

    @property
    def inside(self) -> int:
        """Stages that are worked on."""
        return self._inside

    def enter(self, queue: Queue) -> Ticket | None:
        """Ask before a claim; whoever has a ticket gives it back. Other queues than `infer` do not use the engine."""
        with self._lock:
            if queue == "infer" and not self._open():
                return None
            self._inside += 1
            return Ticket(self._losses)

    def leave(self, ticket: Ticket, *, worked: bool) -> None:
        """A stage has ended, or there was none to be claimed."""
        with self._lock:
            self._inside -= 1
            if worked and ticket.losses == self._losses:
                self._suspects = max(0, self._suspects - 1)

    def doubt(self) -> None:
        """A request has failed, and the engine is not taken for healthy any more. Told by a stage that is in.

        Stages notice a dead engine first; they would have left when its loss is told.
        """
        with self._lock:
            self._doubted = max(self._doubted, self._inside)

    def lost(self) -> None:
        """The engine is gone."""
        with self._lock:
            self._losses += 1
            self._suspects = max(self._suspects, self._inside, self._doubted)
            self._doubted = 0

    def _open(self) -> bool:
        if not self._healthy():
            return False
        self._doubted = 0  # the engine lives on
        if self._suspects and self._inside:
            return False
        figures = self._figures()
        return figures is None or figures.waiting <= self._max_waiting
