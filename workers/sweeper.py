"""The sweeper's loop: a round every second or so, in a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable

from pipeline.errors import SheafError
from pipeline.jobs.sweep import sweep, tidy
from pipeline.services import Services

log = logging.getLogger("sheaf.workers")

TIDY_SECONDS = 60.0


class Sweeper:
    """Sweeps until it is closed; any number of processes may have one."""

    def __init__(self, services: Services, *, tidies: bool = True) -> None:
        """One that does not tidy leaves interrupted deletions to a process with an index."""
        self._services = services
        self._tidies = tidies
        self.seen = time.monotonic()
        """When the last sweep, or the tidying after it, ended, well or not."""
        self.waiting: dict[str, float] = {}
        """Queue → since when every round has rung for it, and the broker was there."""
        self._tidied = float("-inf")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sheaf-sweeper", daemon=True)

    def start(self) -> None:
        """Begin to sweep, at once."""
        self._thread.start()

    def close(self) -> None:
        """Stop after the present round."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._attempt(self._sweep)
            self.seen = time.monotonic()
            # Apart from the above: rounds that fail must not keep deleted documents from being removed.
            if self._tidies and time.monotonic() - self._tidied > TIDY_SECONDS:
                self._tidied = time.monotonic()
                self._attempt(self._tidy)
                self.seen = time.monotonic()
            if self._ended.wait(self._services.settings.jobs.sweep_seconds):
                return

    def _sweep(self, services: Services) -> None:
        before, self.waiting = self.waiting, {}  # stays empty when the round fails
        now = time.monotonic()
        self.waiting = {queue: before.get(queue, now) for queue in sweep(services)}

    def _tidy(self, services: Services) -> None:
        if tidy(services):
            self._tidied = float("-inf")

    def _attempt(self, work: Callable[[Services], None]) -> None:
        name = work.__name__.strip("_")
        try:
            work(self._services)
        except SheafError as error:
            log.warning("%s failed: %s", name, error)
        except Exception:
            # Without a sweeper lost rings stay lost: whatever went wrong, the next round is made.
            log.exception("%s failed", name)
