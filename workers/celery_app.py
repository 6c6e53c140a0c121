"""Celery as doorbell and executor, and nothing else: no results, no ETA, no retries, no canvas.

A message only says that a queue has work. The task claims stages in SQL and goes on until none is left. Messages may be
lost or doubled without harm. Settings by `docs/decisions/0002-celery-is-a-doorbell.md`.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.worker import WorkController
from kombu.exceptions import OperationalError

from pipeline.jobs.doorbell import QUEUES, Queue
from pipeline.settings import MemoryDoorbell, RedisDoorbell

log = logging.getLogger("sheaf.workers")

TASK = "sheaf.work"


def make_app(doorbell: MemoryDoorbell | RedisDoorbell) -> Celery:
    """A Celery app for the chosen transport."""
    memory = isinstance(doorbell, MemoryDoorbell)
    broker = "memory://localhost/" if isinstance(doorbell, MemoryDoorbell) else doorbell.url.get_secret_value()
    app = Celery("sheaf", broker=broker, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=False,
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_create_missing_queues=True,
        # The memory transport polls; 5 ms keeps an idle pick-up far below 50 ms at about 1 % of a core.
        broker_transport_options={"polling_interval": 0.005} if memory else REDIS_OPTIONS,
    )
    return app


REDIS_OPTIONS: dict[str, Any] = {
    # A half-open connection must not wedge a worker for ever.
    "socket_timeout": 15,
    "socket_connect_timeout": 2,
    # Publishing tries to connect once; kombu's own retries would hold an upload for seconds. Consumers go on trying.
    "max_retries": 0,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "visibility_timeout": 3600,
    "global_keyprefix": "sheaf:",
}

QUIET_SECONDS = 1.0
"""How long nobody rings after a ring that failed, so that a broker that is away is not waited for by everybody."""


RESTART_SECONDS = 1.0
"""How long after its end a Celery worker is followed by another."""

MESSAGE_SECONDS = 2.0
"""How long a message may be on its way before it is taken for lost."""


class QueueSlots:
    """Bounds how many loops work on a queue at once, without ever losing a ring.

    A ring that finds all slots taken is noted; the loop that ends next looks once more before it gives up its slot.
    """

    def __init__(self, sizes: dict[Queue, int]) -> None:
        self.queues = [queue for queue in QUEUES if sizes.get(queue)]
        self.total = sum(sizes.values())
        self._free = dict(sizes)
        self._missed: set[Queue] = set()
        self._sent: dict[Queue, float] = {}
        self._lock = threading.Lock()

    def covered(self, queue: Queue) -> bool:
        """Whether a ring needs no message of its own: all slots are taken, and it is noted; or one is on its way."""
        with self._lock:
            if self._free[queue] == 0:
                self._missed.add(queue)
                return True
            now = time.monotonic()
            if now - self._sent.get(queue, -MESSAGE_SECONDS) < MESSAGE_SECONDS:
                return True
            self._sent[queue] = now
            return False

    def take(self, queue: Queue) -> bool:
        """Whether a slot was free and is ours now."""
        with self._lock:
            self._sent.pop(queue, None)
            if self._free[queue] == 0:
                self._missed.add(queue)
                return False
            self._free[queue] -= 1
            return True

    def full(self, queue: Queue) -> bool:
        """Whether all slots are taken."""
        with self._lock:
            return self._free[queue] == 0

    def abandon(self, queue: Queue) -> None:
        """Return the slot whatever came since: its loop has failed, and the sweeper rings again."""
        with self._lock:
            self._missed.discard(queue)
            self._free[queue] += 1

    def give_back(self, queue: Queue) -> bool:
        """Return the slot; false, and the slot is kept, when a ring came since that nobody has looked after."""
        with self._lock:
            if queue in self._missed:
                self._missed.discard(queue)
                return False
            self._free[queue] += 1
            return True


class CeleryDoorbell:
    """The port `Doorbell` on Celery.

    A broker in this process is told at once. One that is somewhere else is told by a thread: whoever rings, an upload
    for example, must not wait for a broker that has fallen silent. Rings for one queue that wait for it are one.
    """

    def __init__(self, app: Celery, slots: QueueSlots | None = None) -> None:
        """`slots` are those of the only worker, where it is in this process: while all are taken nobody is told."""
        self._app = app
        self._slots = slots
        self._changed = threading.Condition()
        self._pending: dict[Queue, None] = {}
        self._thread: threading.Thread | None = None
        self._quiet_until = float("-inf")

    def ring(self, queue: Queue) -> bool:
        """Ring, without retries; a broker that is away is left alone for a moment, and the sweeper rings again."""
        if self._slots is not None:
            return self._slots.covered(queue) or self._publish(queue)
        with self._changed:
            if time.monotonic() < self._quiet_until:
                return False
            self._pending[queue] = None
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sheaf-doorbell", daemon=True)
                self._thread.start()
            self._changed.notify()
        return True

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._pending:
                    self._changed.wait()
                queue = next(iter(self._pending))
                del self._pending[queue]
            if not self._publish(queue):
                with self._changed:
                    self._pending.clear()
                    self._quiet_until = time.monotonic() + QUIET_SECONDS

    def _publish(self, queue: Queue) -> bool:
        try:
            self._app.send_task(TASK, args=[queue], queue=queue, retry=False, ignore_result=True)
        except (OperationalError, OSError) as error:
            log.warning("doorbell not rung for %s: %s", queue, error)
            return False
        except Exception:
            # Whatever it is, it must not take the thread along: the sweeper rings again.
            log.exception("doorbell not rung for %s", queue)
            return False
        return True


class CeleryWorker:
    """A Celery worker in a thread of this process, with a pool of threads."""

    def __init__(self, app: Celery, slots: QueueSlots, drain: Callable[[Queue], None]) -> None:
        """`drain` works on a queue until it is empty."""
        self._slots = slots
        self._drain = drain
        self._app = app
        # Pool threads look the task up in the process's default app. It is not shared, or the next worker of this
        # process would be given the first one's method.
        app.set_default()
        app.task(name=TASK, ignore_result=True, shared=False)(self._work)
        app.finalize()
        self._controller = self._make_controller()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sheaf-celery", daemon=True)

    def _make_controller(self) -> WorkController:
        return WorkController(
            app=self._app,
            hostname=f"sheaf@{threading.get_native_id()}",
            pool_cls="threads",
            concurrency=self._slots.total,
            queues=list(self._slots.queues),
            loglevel="WARNING",
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            optimization="fair",
        )

    def _run(self) -> None:
        self._controller.start()
        # Celery ends its worker on errors it does not know; nobody else would consume then.
        while not self._ended.wait(RESTART_SECONDS):
            log.error("the Celery worker ended; starting another")
            self._controller = self._make_controller()
            self._controller.start()

    def _work(self, queue: Queue) -> None:
        if not self._slots.take(queue):
            return
        try:
            self._drain(queue)
            while not self._slots.give_back(queue):
                self._drain(queue)
        except BaseException:
            self._slots.abandon(queue)
            raise

    def start(self) -> None:
        """Begin to consume."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether somebody consumes, or tries to; true before the start."""
        return self._thread.ident is None or self._thread.is_alive()

    def close(self, timeout: float) -> None:
        """Stop consuming and wait for the running work."""
        self._ended.set()
        self._controller.stop()
        self._thread.join(timeout)
