"""Everything that works inside one process: the Celery worker, leases, the sweeper, folder loops."""

import logging
import os
import socket
import time

from celery import Celery

from pipeline.jobs.doorbell import QUEUES, Queue
from pipeline.jobs.generations import OpenGenerations
from pipeline.jobs.leases import LeaseKeeper
from pipeline.services import Services
from pipeline.stores.records import stages
from workers.celery_app import CeleryWorker, QueueSlots
from workers.drain import Drain
from workers.folders import FolderLoop
from workers.gpu.gate import Gate
from workers.rebuilding import Rebuilder
from workers.sweeper import Sweeper

log = logging.getLogger("sheaf.workers")

FINISH_SECONDS = 10.0
"""How long running stages may take to end by themselves when the service is told to stop."""

STOP_SECONDS = 10.0

STALLED_SECONDS = 120.0
"""A loop that takes so long for a round hangs; stores that are away answer with errors much sooner."""


class Runner:
    """Starts and stops the loops of one process."""

    def __init__(
        self, services: Services, app: Celery, slots: QueueSlots, workspace_id: str | None, gate: Gate | None = None
    ) -> None:
        """`workspace_id` is the workspace that watched folders feed.

        With `None` this is a worker beside the service, which keeps folders and tidying to itself. `gate` is asked
        before each claim.
        """
        self._services = services
        # In-memory doorbell, a file as database, and each queue is ours: there are no workers but ours, and no lease of
        # before is held.
        embedded = services.settings.doorbell.kind == "memory" and services.database.sqlite
        self._alone = embedded and len(slots.queues) == len(QUEUES)
        self._keeper = LeaseKeeper(services.database, lease_seconds=services.settings.jobs.lease_seconds)
        worker = f"{socket.gethostname()}:{os.getpid()}"
        self._drain = Drain(services, self._keeper, worker, gate=gate)
        self._slots = slots
        self._celery = CeleryWorker(app, slots, self._drain) if slots.queues else None
        self._sweeper = Sweeper(services, tidies=workspace_id is not None)
        self._folders = FolderLoop(services, workspace_id) if workspace_id is not None else None
        several = services.several if "index" in slots.queues else None
        self._rebuilder = Rebuilder(services, several) if isinstance(several, OpenGenerations) else None

    def start(self) -> None:
        """Begin to work; what an earlier process left is taken up by the first sweep."""
        if self._alone:
            with self._services.database.write() as connection:
                stages.expire_all(connection)
        self._keeper.start()
        if self._celery is not None:
            self._celery.start()
        self._sweeper.start()
        if self._folders is not None:
            self._folders.start()
        if self._rebuilder is not None:
            self._rebuilder.start()

    def stalled(self) -> list[str]:
        """The loops that have not come round for `STALLED_SECONDS`, though a round may end in an error.

        The consumer stands still when it has ended, and when a queue of ours was rung for all that time, by a broker
        that is there, while a free thread of ours did not once look into it: Celery consumers were seen to go deaf.
        """
        rounds = {"sweeper": self._sweeper.seen, "leases": self._keeper.seen}
        late = [name for name, seen in rounds.items() if time.monotonic() - seen > STALLED_SECONDS]
        deaf = self._celery is not None and (not self._celery.alive or any(map(self._unheard, self._slots.queues)))
        return [*late, "consumer"] if deaf else late

    def _unheard(self, queue: Queue) -> bool:
        since = self._sweeper.waiting.get(queue)
        if since is None or self._slots.full(queue):
            return False
        return time.monotonic() - max(since, self._drain.looked.get(queue, since)) > STALLED_SECONDS

    def close(self) -> None:
        """Claim nothing more, wait a while for what runs, and give back what takes longer."""
        self._drain.stop()
        if self._rebuilder is not None:
            self._rebuilder.close()
        if not self._keeper.wait_idle(FINISH_SECONDS):
            self._keeper.release_all()
        if self._folders is not None:
            self._folders.close()
        self._sweeper.close()
        if self._celery is not None:
            self._celery.close(STOP_SECONDS)
        self._keeper.close()
