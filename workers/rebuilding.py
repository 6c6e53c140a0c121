"""The loop that fills another generation of the index, beside the work that is waited for."""

import logging
import os
import socket
import threading
import time

from pipeline.errors import SheafError
from pipeline.jobs.generations import OpenGenerations
from pipeline.jobs.rebuild import Rebuild, Step
from pipeline.services import Services
from pipeline.stores.records import stages

log = logging.getLogger("sheaf.index")

IDLE_SECONDS = 5.0
AWAY_SECONDS = 15.0
FAILED_SECONDS = 1.0
YIELD_SECONDS = 10.0
"""How long a document of the rebuild waits for documents that just came in; after that it is its turn."""
LOOK_SECONDS = 0.25
TIDY_SECONDS = 60.0


class Rebuilder:
    """Fills and exchanges until it is closed; any number of processes may have one, and one of them works."""

    def __init__(self, services: Services, generations: OpenGenerations) -> None:
        self._services = services
        # Who owns the embedded index is alone with it, and goes on at once with what its predecessor was filling.
        embedded = services.settings.vectors.kind == "edge"
        owner = "owner of the index" if embedded else f"{socket.gethostname()}:{os.getpid()}"
        self._rebuild = Rebuild(services, generations, owner)
        self._ended = threading.Event()
        self._tidied = float("-inf")
        self._thread = threading.Thread(target=self._run, name="sheaf-rebuild", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Stop after the present document, or leave it to the next start where it takes too long."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(YIELD_SECONDS)

    def _run(self) -> None:
        while not self._ended.is_set():
            pause = AWAY_SECONDS
            try:
                pause = self._round()
            except SheafError as error:
                log.warning("the index is not rebuilt just now: %s", error)
            except Exception:
                # Nobody else fills it: whatever went wrong, the next round is made.
                log.exception("rebuilding the index failed")
            if self._ended.wait(pause):
                return

    def _round(self) -> float:
        """One document; how long to rest after it."""
        if time.monotonic() - self._tidied > TIDY_SECONDS:
            self._tidied = time.monotonic()
            self._rebuild.tidy()
        self._let_others_go_first()
        step = self._rebuild.step()
        if step is Step.AWAY:
            return AWAY_SECONDS
        if step is Step.FAILED:
            return FAILED_SECONDS
        return 0.0 if step is Step.DONE else IDLE_SECONDS

    def _let_others_go_first(self) -> None:
        until = time.monotonic() + YIELD_SECONDS
        while time.monotonic() < until and self._others_wait():
            if self._ended.wait(LOOK_SECONDS):
                return

    def _others_wait(self) -> bool:
        with self._services.database.read() as connection:
            return stages.is_busy(connection, "index")
