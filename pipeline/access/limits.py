"""What a workspace may do: how often it may ask, and how much it may send and have open."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from pipeline.errors import QuotaExceeded, TooManyRequests
from pipeline.settings import Limits
from pipeline.stores.records import quotas, workspaces
from pipeline.stores.records.database import Database
from pipeline.stores.records.tables import current_time

DAY_SECONDS = 86_400
OPEN_JOBS_RETRY_SECONDS = 30
"""After how long it is worth asking whether jobs have ended."""
REMEMBERED_SECONDS = 10.0
"""How long a process goes by limits that were changed meanwhile."""


def limits_of(settings: Limits, own: Mapping[str, int]) -> Limits:
    """The settings' limits, but for those that the workspace has of its own."""
    return settings.model_copy(update={name: own[name] for name in Limits.model_fields if name in own})


def take_quota(connection: Connection, workspace_id: str, limits: Limits | None, *, size: int) -> None:
    """Count an upload of `size` bytes, whose job is there already; where there are `limits`, only if they allow it.

    Exact, however many processes take at once: the day's row is locked until the transaction ends.

    Raises:
        QuotaExceeded: they do not; the caller's transaction is to be rolled back.
    """
    used = quotas.take(connection, workspace_id, size)
    if limits is not None:
        _check_day(connection, limits, used)
        check_open_jobs(connection, workspace_id, limits, more=0)


def check_room(connection: Connection, workspace_id: str, limits: Limits, *, size: int) -> None:
    """Whether an upload of `size` bytes would be taken, before its bytes are.

    Raises:
        QuotaExceeded: it would not.
    """
    used = quotas.used(connection, workspace_id)
    _check_day(connection, limits, quotas.Used(documents=used.documents + 1, bytes=used.bytes + size))
    check_open_jobs(connection, workspace_id, limits)


def check_open_jobs(connection: Connection, workspace_id: str, limits: Limits, *, more: int = 1) -> None:
    """Whether that many more jobs may be open.

    Raises:
        QuotaExceeded: too many are.
    """
    most = limits.open_jobs
    if most and quotas.count_open_jobs(connection, workspace_id, at_most=most + 1) + more > most:
        raise QuotaExceeded(
            f"the workspace has {most} jobs that have not ended",
            quota="open_jobs",
            limit=most,
            retry_after=OPEN_JOBS_RETRY_SECONDS,
        )


def _check_day(connection: Connection, limits: Limits, used: quotas.Used) -> None:
    for name, count in (("documents_per_day", used.documents), ("bytes_per_day", used.bytes)):
        most: int = getattr(limits, name)
        if most and count > most:
            left = DAY_SECONDS - int(current_time(connection)) % DAY_SECONDS
            raise QuotaExceeded(
                f"{name} of the workspace is {most}; it begins anew at midnight UTC",
                quota=name,
                limit=most,
                retry_after=left,
            )


@dataclass(slots=True)
class _Bucket:
    """Requests that may still come at once, as they were at a time; they grow back evenly."""

    limits: Limits
    until: float
    tokens: float
    at: float


class RateLimiter:
    """Token buckets, one a workspace, of this process; thread-safe. Limits are read anew every few seconds."""

    def __init__(self, database: Database, settings: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def admit(self, workspace_id: str) -> Limits:
        """Count a request of the workspace; its limits.

        Raises:
            TooManyRequests: it has to wait.
        """
        at = self._clock()
        bucket = self._buckets.get(workspace_id)
        limits = self._read(workspace_id) if bucket is None or bucket.until < at else bucket.limits
        with self._lock:
            bucket = self._buckets.setdefault(
                workspace_id, _Bucket(limits=limits, until=0.0, tokens=float(limits.requests_per_minute), at=at)
            )
            if bucket.until < at:
                bucket.limits, bucket.until = limits, at + REMEMBERED_SECONDS
            _take(bucket, at)
        return limits

    def _read(self, workspace_id: str) -> Limits:
        with self._database.read() as connection:
            workspace = workspaces.get_workspace(connection, workspace_id)
        return limits_of(self._settings, workspace.limits if workspace else {})


def _take(bucket: _Bucket, at: float) -> None:
    most = bucket.limits.requests_per_minute
    if not most:
        return
    rate = most / 60
    tokens = min(float(most), bucket.tokens + max(0.0, at - bucket.at) * rate)
    bucket.at = max(bucket.at, at)
    bucket.tokens = tokens
    if tokens < 1:
        raise TooManyRequests(
            f"a workspace may send {most} requests a minute", limit=most, retry_after=math.ceil((1 - tokens) / rate)
        )
    bucket.tokens = tokens - 1
