"""Working on a queue until nothing in it can be claimed."""

import logging
import threading
import time
from collections.abc import Mapping

from pipeline.errors import StoreError
from pipeline.jobs.claims import Following, claim, claim_following
from pipeline.jobs.deliveries import deliver_next
from pipeline.jobs.doorbell import Queue
from pipeline.jobs.handlers.work import Handler
from pipeline.jobs.leases import LeaseKeeper
from pipeline.jobs.run import HANDLERS, run_stage
from pipeline.services import Services
from workers.gpu.gate import Gate

log = logging.getLogger("sheaf.workers")


class Drain:
    """Claims and runs stages, and on the queue `deliver` also webhooks."""

    def __init__(
        self,
        services: Services,
        keeper: LeaseKeeper,
        worker: str,
        handlers: Mapping[str, Handler] = HANDLERS,
        gate: Gate | None = None,
    ) -> None:
        """`worker` is the name that claims carry; `handlers` do the stages; `gate` is asked before each claim."""
        self._gate = gate
        self._handlers = handlers
        self._services = services
        self._keeper = keeper
        self._worker = worker
        self._ended = threading.Event()
        self.looked: dict[Queue, float] = {}
        """Queue → when somebody last looked into it for work."""
        # Slow receivers may take all threads of their queue but one: jobs end on the same queue.
        self._sending = threading.BoundedSemaphore(max(1, services.settings.jobs.deliver_threads - 1))

    def stop(self) -> None:
        """Claim nothing more."""
        self._ended.set()

    def __call__(self, queue: Queue) -> None:
        """Work until the queue is empty, or we are stopped."""
        try:
            first = True
            while not self._ended.is_set() and self._step(queue, first=first):
                first = False
        except StoreError as error:
            # What was claimed comes back when its lease runs out; the sweeper rings then.
            log.warning("queue %s left: %s", queue, error)
        except Exception:
            # Whatever it is, it must not take the thread along that works on this queue.
            log.exception("queue %s left", queue)

    def _step(self, queue: Queue, *, first: bool) -> bool:
        self.looked[queue] = time.monotonic()
        if self._gate is None:
            following = claim_following(self._services, queue, self._worker, stopped=self._ended.is_set)
            return self._work(queue, following, first=first)
        ticket = self._gate.enter(queue)
        if ticket is None:
            return False
        worked = False
        try:
            # The gate is asked for each stage, so that none is claimed with the end of the one before.
            worked = self._work(queue, None, first=first)
        finally:
            self._gate.leave(ticket, worked=worked)
        return worked

    def _work(self, queue: Queue, following: Following | None, *, first: bool) -> bool:
        claimed = claim(self._services, queue, self._worker)
        if claimed is None:
            return self._deliver(queue)
        if first:
            # Rings are coalesced, so that each loop that finds work calls the next one.
            self._services.doorbell.ring(queue)
        while claimed is not None:
            with self._keeper.keep(claimed.stage) as lease:
                claimed = run_stage(self._services, claimed, lease, self._handlers, following)
        return True

    def _deliver(self, queue: Queue) -> bool:
        if queue != "deliver" or not self._sending.acquire(blocking=False):
            return False
        try:
            return deliver_next(self._services)
        finally:
            self._sending.release()
