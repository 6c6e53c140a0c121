"""Everything that works inside one process: the Celery worker, leases, the sweeper, folder loops."""

import logging
import os
import socket

from celery import Celery

from pipeline.jobs.doorbell import Queue
from pipeline.jobs.leases import LeaseKeeper
from pipeline.services import Services
from workers.celery_app import CeleryWorker
from workers.drain import Drain
from workers.sweeper import Sweeper

log = logging.getLogger("sheaf.workers")

STOP_SECONDS = 25.0


def queue_sizes(services: Services) -> dict[Queue, int]:
    """How many threads of this process work on each queue."""
    jobs = services.settings.jobs
    return {
        "read": jobs.read_threads,
        "infer": jobs.infer_threads,
        "index": jobs.index_threads,
        "deliver": jobs.deliver_threads,
    }


class Runner:
    """Starts and stops the loops of one process."""

    def __init__(self, services: Services, app: Celery) -> None:
        self._keeper = LeaseKeeper(services.database, lease_seconds=services.settings.jobs.lease_seconds)
        worker = f"{socket.gethostname()}:{os.getpid()}"
        self._drain = Drain(services, self._keeper, worker)
        self._celery = CeleryWorker(app, queue_sizes(services), self._drain)
        self._sweeper = Sweeper(services)

    def start(self) -> None:
        """Begin to work; what an earlier process left is taken up by the first sweep."""
        self._keeper.start()
        self._celery.start()
        self._sweeper.start()

    def close(self) -> None:
        """Claim nothing more and wait for what runs; what takes too long is taken up by another process."""
        self._drain.stop()
        self._sweeper.close()
        self._celery.close(STOP_SECONDS)
        self._keeper.close()
