"""Waiting requests, answered in batches by one thread."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence

from pipeline.errors import ModelError, ModelUnavailable
from pipeline.models.transformers_chat.turn import Turn

log = logging.getLogger(__name__)

OUT_OF_MEMORY = "out-of-memory"
"""The fact `reason` of errors that a smaller batch may avoid."""


class Batches:
    """Hands what waits to `generate`, the oldest first, as many as fit.

    A batch is padded to its longest request, so its size is their number times that; it stays within `tokens`, which
    bounds the memory of keys and values. At most `waiting` requests wait.
    """

    def __init__(self, generate: Callable[[Sequence[Turn]], None], *, most: int, tokens: int, waiting: int) -> None:
        self._generate = generate
        self._most = most
        self._tokens = tokens
        self._room = threading.BoundedSemaphore(waiting)
        self._turns: deque[Turn] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="sheaf-chat", daemon=True)
        self._thread.start()

    def submit(self, turn: Turn, seconds: float) -> bool:
        """Let it wait for its batch; False where no place became free in time.

        Raises:
            ModelUnavailable: no batches are made any more.
        """
        if not self._room.acquire(timeout=max(0.0, seconds)):
            return False
        with self._changed:
            if self._closed:
                self._room.release()
                raise ModelUnavailable("the model is shut down")
            self._turns.append(turn)
            self._changed.notify()
        return True

    def close(self) -> None:
        """End what waits and what runs; returns when the thread has ended."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    @property
    def closed(self) -> bool:
        """Whether batches under way are to end."""
        return self._closed

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._turns or self._closed)
                if self._closed:
                    for turn in self._turns:
                        turn.fail(ModelUnavailable("the model is shut down"))
                    return
                batch = self._next()
            if batch:
                self._run(batch)

    def _next(self) -> list[Turn]:
        """The oldest that is still listened to, and of those behind it all that fit beside it."""
        chosen: list[Turn] = []
        longest = 0
        for turn in list(self._turns):
            width = max(longest, turn.size)
            fits = not chosen or (len(chosen) < self._most and width * (len(chosen) + 1) <= self._tokens)
            if not turn.done and not fits:
                continue
            self._turns.remove(turn)
            self._room.release()
            if not turn.done:
                chosen.append(turn)
                longest = width
        return chosen

    def _run(self, batch: Sequence[Turn]) -> None:
        """A batch that memory does not hold is halved as long as nothing of it was said."""
        try:
            self._generate(batch)
        except ModelError as error:
            fresh = not any(turn.tokens for turn in batch)
            if error.facts.get("reason") == OUT_OF_MEMORY and len(batch) > 1 and fresh:
                log.warning("a batch of %d requests does not fit into memory and is halved", len(batch))
                middle = len(batch) // 2
                self._run(batch[:middle])
                self._run(batch[middle:])
                return
            for turn in batch:
                turn.fail(error)
        for turn in batch:  # one that is not done here would be waited for until its time is over
            turn.fail(ModelUnavailable("the model ended without an answer"))
