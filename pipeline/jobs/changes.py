"""Waiting for jobs to change: one loop looks into the database for everybody who waits."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from pipeline.errors import StoreError
from pipeline.stores.records import jobs, stages
from pipeline.stores.records.database import Database
from schemas.jobs import TERMINAL

log = logging.getLogger("sheaf.jobs")

POLL_SECONDS = 0.15
JOBS_A_QUERY = 500

State = tuple[object, ...]
"""What a client can see of a job, to be compared with what it was before; its first part is the job's status."""


def look(database: Database, job_ids: Collection[str]) -> dict[str, State]:
    """The states of the jobs that exist.

    Raises:
        DatabaseUnavailable: nothing can be said now.
    """
    wanted = list(job_ids)
    found: dict[str, State] = {}
    with database.read() as connection:
        for start in range(0, len(wanted), JOBS_A_QUERY):
            some = wanted[start : start + JOBS_A_QUERY]
            statuses = jobs.statuses_of(connection, some)
            for job_id, job_stages in stages.stages_of(connection, list(statuses)).items():
                parts = sorted((s.name, s.status, s.attempt, s.progress or 0.0) for s in job_stages)
                found[job_id] = (*statuses[job_id], *parts)
    return found


class Subscription:
    """One waiter's view of one job. Belongs to the event loop that made it."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.closed = False
        """Whether the service is about to end, so that waiting is over."""
        self._state: State | None = None
        self._changed = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether the job has ended, as far as was seen."""
        return self._state is not None and self._state[0] in TERMINAL

    def tell(self, state: State | None) -> None:
        """The loop saw this."""
        if state != self._state:
            self._state = state
            self._changed.set()

    def close(self) -> None:
        """Wake the waiter for the last time."""
        self.closed = True
        self._changed.set()

    async def changed(self) -> None:
        """Wait until the job is not as it was when this was last asked; the first time that is at once."""
        await self._changed.wait()
        self._changed.clear()


class JobChanges:
    """The loop, and who waits for it. All methods but `look` belong to one event loop."""

    def __init__(self, database: Database, poll_seconds: float = POLL_SECONDS) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._waiting: defaultdict[str, set[Subscription]] = defaultdict(set)
        self._somebody = asyncio.Event()
        self._closed = False

    @contextmanager
    def subscribe(self, job_id: str) -> Iterator[Subscription]:
        """Watch a job while the block runs."""
        subscription = Subscription(job_id)
        if self._closed:
            subscription.close()
        self._waiting[job_id].add(subscription)
        self._somebody.set()
        try:
            yield subscription
        finally:
            self._waiting[job_id].discard(subscription)
            if not self._waiting[job_id]:
                del self._waiting[job_id]

    async def ended(self, job_id: str) -> None:
        """Return when the job has ended, or the service is about to."""
        with self.subscribe(job_id) as subscription:
            while not (subscription.ended or subscription.closed):
                await subscription.changed()

    async def run(self) -> None:
        """Look and tell, until cancelled; looks at nothing while nobody waits."""
        while True:
            if not self._waiting:
                self._somebody.clear()
                await self._somebody.wait()
            try:
                states = await asyncio.to_thread(look, self._database, list(self._waiting))
            except StoreError as error:
                log.warning("changes not seen: %s", error)
            except Exception:
                # Whatever it is, those who wait must not wait for ever on a task that has died.
                log.exception("changes not seen")
            else:
                for job_id, subscriptions in self._waiting.items():
                    for subscription in subscriptions:
                        subscription.tell(states.get(job_id))
            await asyncio.sleep(self._poll_seconds)

    def close(self) -> None:
        """Wake everybody; whoever comes later does not wait."""
        self._closed = True
        for subscriptions in self._waiting.values():
            for subscription in subscriptions:
                subscription.close()
