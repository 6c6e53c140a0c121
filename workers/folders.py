"""The loops over folders: batches, and watched folders."""

import logging
import threading
import time

from pipeline.errors import SheafError
from pipeline.jobs.batches import step_batches
from pipeline.jobs.watching import Watcher
from pipeline.services import Services

log = logging.getLogger("sheaf.workers")

BATCH_SECONDS = 0.5


class FolderLoop:
    """Steps batches, and looks into watched folders, until it is closed."""

    def __init__(self, services: Services, workspace_id: str) -> None:
        self._services = services
        self._watchers = [
            (Watcher(services, folder, workspace_id), folder.poll_seconds) for folder in services.settings.watch
        ]
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._step_batches, name="sheaf-batches", daemon=True)]
        self._threads += [
            threading.Thread(target=self._watch, args=pair, name="sheaf-watch", daemon=True) for pair in self._watchers
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop after the present file."""
        self._ended.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _step_batches(self) -> None:
        while not self._ended.is_set():
            started = time.monotonic()
            try:
                more = step_batches(self._services, self._ended.is_set)
            except SheafError as error:
                log.warning("batches not stepped: %s", error)
                more = False
            except Exception:
                # The loop goes on: other batches, and those to come, must not wait for a restart.
                log.exception("batches not stepped")
                more = False
            if not more:
                self._ended.wait(max(0.0, BATCH_SECONDS - (time.monotonic() - started)))

    def _watch(self, watcher: Watcher, poll_seconds: float) -> None:
        said = ""  # a share that is away for a night would fill the log with one line
        while not self._ended.wait(poll_seconds):
            try:
                watcher.look(self._ended.is_set)
            except (SheafError, OSError) as error:
                if str(error) != said:
                    said = str(error)
                    log.warning("watched folder %s not read, looked for further: %s", watcher.path, said)
            except Exception:
                log.exception("watched folder %s not read", watcher.path)
            else:
                if said:
                    said = ""
                    log.info("watched folder %s read again", watcher.path)
