"""How often a workspace may ask, over all API processes together."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.access.limits import limits_of
from pipeline.errors import DatabaseUnavailable, TooManyRequests
from pipeline.settings import Limits
from pipeline.stores.records import request_buckets, workspaces
from pipeline.stores.records.database import Database

REMEMBERED_SECONDS = 10.0
"""How long a process goes by limits that were changed meanwhile."""
TAKES_PER_MINUTE = 600
"""About how often a workspace at its limit makes a process take requests in advance."""


def batch(per_minute: int) -> int:
    """How many requests a process takes in advance: what it may hold, and others cannot use. One up to 600 a minute."""
    return math.ceil(per_minute / TAKES_PER_MINUTE)


@dataclass(slots=True)
class _Share:
    """What this process holds of a workspace's requests."""

    limits: Limits
    until: float
    """When the limits are to be read anew; by this process's clock, as `closed_until`."""
    left: int = 0
    closed_until: float = -math.inf
    """Until then nothing is there, and nobody need look."""
    failed_at: float = -math.inf
    """When a look at the database last failed: who has waited for it fails with it, and does not wait for another."""
    lock: threading.Lock = field(default_factory=threading.Lock)


class RateLimiter:
    """Takes requests in small batches out of the database, and lets them through; thread-safe.

    In any minute all processes together let through what the bucket gives (a minute's worth at once, and what grows
    back), and at most a `batch` more for each process that held one before. Limits are read anew every few seconds.
    """

    def __init__(self, database: Database, settings: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._shares: dict[str, _Share] = {}
        self._lock = threading.Lock()

    def admit(self, workspace_id: str) -> Limits:
        """Count a request of the workspace; its limits.

        Raises:
            TooManyRequests: it has to wait.
            DatabaseUnavailable: it cannot be counted.
        """
        at = self._clock()
        with self._lock:
            share = self._shares.setdefault(workspace_id, _Share(limits=self._settings, until=-math.inf))
        with share.lock:
            if share.failed_at >= at:
                raise DatabaseUnavailable
            try:
                return self._counted(workspace_id, share, at)
            except DatabaseUnavailable:
                share.failed_at = self._clock()
                raise

    def _counted(self, workspace_id: str, share: _Share, at: float) -> Limits:
        if share.until < at:
            self._read(workspace_id, share)
            share.until = at + REMEMBERED_SECONDS
        if share.limits.requests_per_minute:
            if not share.left:
                self._take(workspace_id, share, at)
            share.left -= 1
        return share.limits

    def _read(self, workspace_id: str, share: _Share) -> None:
        with self._database.read() as connection:
            workspace = workspaces.get_workspace(connection, workspace_id)
        limits = limits_of(self._settings, workspace.limits if workspace else {})
        if limits.requests_per_minute != share.limits.requests_per_minute:
            share.left = min(share.left, batch(limits.requests_per_minute))
            share.closed_until = -math.inf
        share.limits = limits

    def _take(self, workspace_id: str, share: _Share, at: float) -> None:
        most = share.limits.requests_per_minute
        if share.closed_until <= at:
            with self._database.write() as connection:
                taken = request_buckets.take(connection, workspace_id, per_minute=most, at_most=batch(most))
            share.left = taken.requests
            share.closed_until = at + taken.wait_seconds
        if not share.left:
            wait = math.ceil(share.closed_until - at)
            raise TooManyRequests(
                f"a workspace may send {most} requests a minute", limit=most, retry_after=max(1, wait)
            )
