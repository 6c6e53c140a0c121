"""What a workspace may do: how much it may send and have open."""

from collections.abc import Mapping

from sqlalchemy import Connection

from pipeline.errors import QuotaExceeded
from pipeline.settings import Limits
from pipeline.stores.records import quotas
from pipeline.stores.records.tables import current_time

DAY_SECONDS = 86_400
OPEN_JOBS_RETRY_SECONDS = 30
"""After how long it is worth asking whether jobs have ended."""


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
