"""Everything that works inside one process: the Celery worker, leases, the sweeper, folder loops."""

import logging
import os
import socket

from celery import Celery

from pipeline.jobs.leases import LeaseKeeper
from pipeline.services import Services
from pipeline.stores.records import stages
from workers.celery_app import CeleryWorker, QueueSlots
from workers.drain import Drain
from workers.folders import FolderLoop
from workers.sweeper import Sweeper

log = logging.getLogger("sheaf.workers")

FINISH_SECONDS = 10.0
"""How long running stages may take to end by themselves when the service is told to stop."""

STOP_SECONDS = 10.0


class Runner:
    """Starts and stops the loops of one process."""

    def __init__(self, services: Services, app: Celery, slots: QueueSlots, workspace_id: str) -> None:
        """`workspace_id` is the workspace that watched folders feed."""
        self._services = services
        # In-memory doorbell and a file as database: there are no workers but ours, and no lease of before is held.
        self._alone = services.settings.doorbell.kind == "memory" and services.database.sqlite
        self._keeper = LeaseKeeper(services.database, lease_seconds=services.settings.jobs.lease_seconds)
        worker = f"{socket.gethostname()}:{os.getpid()}"
        self._drain = Drain(services, self._keeper, worker)
        self._celery = CeleryWorker(app, slots, self._drain)
        self._sweeper = Sweeper(services)
        self._folders = FolderLoop(services, workspace_id)

    def start(self) -> None:
        """Begin to work; what an earlier process left is taken up by the first sweep."""
        if self._alone:
            with self._services.database.write() as connection:
                stages.expire_all(connection)
        self._keeper.start()
        self._celery.start()
        self._sweeper.start()
        self._folders.start()

    def close(self) -> None:
        """Claim nothing more, wait a while for what runs, and give back what takes longer."""
        self._drain.stop()
        if not self._keeper.wait_idle(FINISH_SECONDS):
            self._keeper.release_all()
        self._folders.close()
        self._sweeper.close()
        self._celery.close(STOP_SECONDS)
        self._keeper.close()
