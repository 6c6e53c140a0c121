"""A watched folder: a file is ingested once it has not changed for a while."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.errors import InputError, StorageFull, StoreError
from pipeline.intake.folders import FoundFile, find_files
from pipeline.jobs.ingest import ingest_file, source_path
from pipeline.jobs.options import JobOptions
from pipeline.services import Services
from pipeline.settings import WatchFolder
from pipeline.stores.records import batches

log = logging.getLogger("sheaf.watch")

ACTOR = "watch"
AGAIN_SECONDS = 60.0
"""After which a file that brought out a fault is tried again."""
State = tuple[int, int]


class Watcher:
    """Looks at one folder again and again; polling works on network shares, where change notices do not arrive."""

    def __init__(
        self, services: Services, folder: WatchFolder, workspace_id: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._services = services
        self._folder = folder
        self._workspace_id = workspace_id
        self._clock = clock
        self._since: dict[str, tuple[State, float]] = {}
        """Path → size and time of change as last seen, and since when they are so."""
        self._settled: dict[str, State] = {}
        """Files that need no second look unless they change."""

    @property
    def path(self) -> Path:
        """The folder."""
        return self._folder.path

    def look(self, stopped: Callable[[], bool] = lambda: False) -> int:
        """One look at the folder, or the part of one until `stopped`; how many files were ingested.

        Raises:
            StoreError: a store is away; the files are tried again at the next look.
            LimitExceeded: it holds too many files.
            OSError: the folder cannot be read.
        """
        present: set[str] = set()
        ingested = 0
        full: StorageFull | None = None
        found = find_files(self._folder.path, self._folder.pattern, ignore=self._folder.ignore)
        for file in found:
            if stopped():
                return ingested
            present.add(file.path)
            try:
                ingested += self._is_stable(file) and self._ingest(file)
            except StorageFull as error:  # for this file; there may be room for a smaller one
                full = error
        for path in set(self._since) - present:
            del self._since[path]
            self._settled.pop(path, None)
        if full is not None:
            raise full
        return ingested

    def _is_stable(self, file: FoundFile) -> bool:
        """Whether the file has not changed for long enough, and was not dealt with as it is."""
        state = (file.size, file.modified_ns)
        if self._settled.get(file.path) == state:
            return False
        before, since = self._since.get(file.path, (None, 0.0))
        if before != state:
            self._since[file.path] = (state, self._clock())
            return self._folder.stable_seconds == 0
        return self._clock() - since >= self._folder.stable_seconds

    def _ingest(self, file: FoundFile) -> bool:
        state = (file.size, file.modified_ns)
        if self._seen_before(file):
            self._settled[file.path] = state
            return False
        options = JobOptions(
            schema=self._folder.schema_name,
            tasks=_tasks(self._folder),
            collection=self._folder.collection,
        )
        try:
            done = ingest_file(
                self._services, self._folder.path, file.path, options, workspace_id=self._workspace_id, actor=ACTOR
            )
        except FileNotFoundError:
            return False
        except InputError as error:
            # It is named in the log once, and again when it has changed.
            log.warning("%s refused: %s", file.path, error)
            self._settled[file.path] = state
            return False
        except StoreError:
            raise
        except Exception:
            # The other files do not wait for it; this one is tried again, but not at every look.
            log.exception("%s not ingested", file.path)
            self._since[file.path] = (state, self._clock() + AGAIN_SECONDS)
            return False
        self._settled[file.path] = state
        return done.created

    def _seen_before(self, file: FoundFile) -> bool:
        """Whether this very file was ingested, by an earlier process perhaps."""
        with self._services.database.read() as connection:
            path = source_path(self._folder.path, file.path)
            seen = batches.find_source(connection, self._workspace_id, path)
        return seen is not None and (seen.size, seen.modified_ns) == (file.size, file.modified_ns)


def _tasks(folder: WatchFolder) -> tuple[str, ...]:
    return tuple(task for task in folder.tasks if task != "extract" or folder.schema_name is not None)
