"""Leases: a claimed stage stays ours as long as we renew it, and the renewal tells us when to stop."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import JobCancelled, LeaseLost, SheafError, WorkReleased, WorkStopped
from pipeline.stores.records.database import Database
from pipeline.stores.records.stages import StageRecord, renew_lease

log = logging.getLogger("sheaf.jobs")


class Lease:
    """One claimed stage while it is worked on."""

    def __init__(self, stage: StageRecord) -> None:
        self.stage = stage
        self.progress: float | None = None
        self._reason: type[WorkStopped] | None = None

    def report(self, share: float) -> None:
        """How much is done, 0 to 1; written with the next renewal."""
        self.progress = min(1.0, max(0.0, share))

    def stop(self, reason: type[WorkStopped]) -> None:
        """The work is to end."""
        self._reason = reason

    @property
    def held(self) -> bool:
        """Whether the stage is ours to settle: nobody else has it, as far as we know, and the service goes on."""
        return self._reason is None or self._reason is JobCancelled

    def stopped(self) -> bool:
        """Whether the job was cancelled.

        Raises:
            LeaseLost: somebody else has the stage; nothing that follows may be kept.
            WorkReleased: the service stops; the stage is to be given back.
        """
        if self._reason is not None and not self.held:
            raise self._reason
        return self._reason is not None


class LeaseKeeper:
    """Renews all leases of this process from one thread."""

    def __init__(self, database: Database, *, lease_seconds: float) -> None:
        self._database = database
        self._lease_seconds = lease_seconds
        # A cancelled job stops within about a second, however long the lease is.
        self._beat_seconds = min(1.0, lease_seconds / 3)
        self._leases: dict[tuple[str, int], Lease] = {}
        self._lock = threading.Lock()
        self._releasing = False
        self.seen = time.monotonic()
        """When the last round ended, well or not."""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sheaf-leases", daemon=True)

    def start(self) -> None:
        """Begin to renew."""
        self._thread.start()

    def close(self) -> None:
        """Stop renewing; leases run out by themselves."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    @contextmanager
    def keep(self, stage: StageRecord) -> Iterator[Lease]:
        """Renew the stage's lease while the block runs."""
        lease = Lease(stage)
        key = (stage.id, stage.attempt)
        with self._lock:
            self._leases[key] = lease
            if self._releasing:
                lease.stop(WorkReleased)
        try:
            yield lease
        finally:
            with self._lock:
                self._leases.pop(key, None)

    def _run(self) -> None:
        while not self._ended.wait(self._beat_seconds):
            try:
                self.renew_all()
            except SheafError as error:
                # The database is away; should it stay away, the leases run out and others take over.
                log.warning("leases not renewed: %s", error)
            except Exception:
                log.exception("leases not renewed")
            self.seen = time.monotonic()

    def wait_idle(self, seconds: float) -> bool:
        """Wait until nothing is worked on, or for so long; whether nothing is."""
        deadline = time.monotonic() + seconds
        while self._leases and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self._leases

    def release_all(self) -> None:
        """Ask everything that is worked on to be given back."""
        with self._lock:
            self._releasing = True
            for lease in self._leases.values():
                lease.stop(WorkReleased)

    def renew_all(self) -> None:
        """Renew every lease once."""
        with self._lock:
            leases = list(self._leases.values())
        for lease in leases:
            # A transaction each: whoever waits for locks of several jobs may wait for ever.
            with self._database.write() as connection:
                going = renew_lease(connection, lease.stage, lease_seconds=self._lease_seconds, progress=lease.progress)
            if going is None:
                lease.stop(LeaseLost)
            elif not going:
                lease.stop(JobCancelled)
