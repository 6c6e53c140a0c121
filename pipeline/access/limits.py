"""What a workspace may do: how much it may send, store, run again and have open."""

from collections.abc import Mapping

from sqlalchemy import Connection

from pipeline.errors import QuotaExceeded, StorageQuotaExceeded
from pipeline.settings import Limits
from pipeline.stores.records import quotas, stored_bytes
from pipeline.stores.records.quotas import Used
from pipeline.stores.records.tables import current_time
from schemas.usage import QuotaUse

DAY_SECONDS = 86_400
OPEN_JOBS_RETRY_SECONDS = 30
"""After how long it is worth asking whether jobs have ended."""
ALL_JOBS = 1_000_000_000
"""More than there are."""
OF_BATCHES = frozenset({"stored_bytes", "reruns_per_day"})
"""The limits that hold for files of batches. The others only say how fast files come, as `batches.open_jobs` does."""


def limits_of(settings: Limits, own: Mapping[str, int]) -> Limits:
    """The settings' limits, but for those that the workspace has of its own."""
    return settings.model_copy(update={name: own[name] for name in Limits.model_fields if name in own})


def for_batches(limits: Limits) -> Limits:
    """Of a workspace's limits those that hold for files of its batches."""
    return limits.model_copy(update=dict.fromkeys(Limits.model_fields.keys() - OF_BATCHES, 0))


def take_quota(connection: Connection, workspace_id: str, limits: Limits | None, *, size: int) -> None:
    """Count an upload of `size` bytes, whose job is there already; where there are `limits`, only if they allow it.

    Exact, however many processes take at once: the workspace's rows are locked until the transaction ends.

    Raises:
        QuotaExceeded: they do not; the caller's transaction is to be rolled back.
        StorageQuotaExceeded: the same, of what the workspace may store.
    """
    used = quotas.take(connection, workspace_id, Used(documents=1, bytes=size))
    stored = stored_bytes.add(connection, workspace_id, size)
    if limits is not None:
        _check_day(connection, limits, documents_per_day=used.documents, bytes_per_day=used.bytes)
        _check_stored(limits, stored - size, size)
        check_open_jobs(connection, workspace_id, limits, more=0)


def take_rerun(connection: Connection, workspace_id: str, limits: Limits | None) -> None:
    """Count a job without an upload, which is open already; where there are `limits`, only if they allow it. Exact.

    Raises:
        QuotaExceeded: they do not; the caller's transaction is to be rolled back.
    """
    used = quotas.take(connection, workspace_id, Used(reruns=1))
    if limits is not None:
        _check_day(connection, limits, reruns_per_day=used.reruns)
        check_open_jobs(connection, workspace_id, limits, more=0)


def check_room(connection: Connection, workspace_id: str, limits: Limits, *, size: int) -> None:
    """Whether an upload of `size` bytes would be taken, before its bytes are.

    Raises:
        QuotaExceeded: it would not.
        StorageQuotaExceeded: it would not, since the workspace may not store so much.
    """
    used = quotas.used(connection, workspace_id)
    _check_day(connection, limits, documents_per_day=used.documents + 1, bytes_per_day=used.bytes + size)
    if limits.stored_bytes:
        _check_stored(limits, stored_bytes.stored(connection, workspace_id), size)
    check_open_jobs(connection, workspace_id, limits)


def quotas_used(connection: Connection, workspace_id: str, limits: Limits) -> list[QuotaUse]:
    """How much of each quota is used."""
    day = quotas.used(connection, workspace_id)
    used = {
        "documents_per_day": day.documents,
        "bytes_per_day": day.bytes,
        "reruns_per_day": day.reruns,
        "stored_bytes": stored_bytes.stored(connection, workspace_id),
        "open_jobs": quotas.count_open_jobs(connection, workspace_id, at_most=ALL_JOBS),
    }
    return [QuotaUse(quota=name, used=count, limit=getattr(limits, name) or None) for name, count in used.items()]


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


def _check_day(connection: Connection, limits: Limits, **used: int) -> None:
    for name, count in used.items():
        most: int = getattr(limits, name)
        if most and count > most:
            left = DAY_SECONDS - int(current_time(connection)) % DAY_SECONDS
            raise QuotaExceeded(
                f"{name} of the workspace is {most}; it begins anew at midnight UTC",
                quota=name,
                limit=most,
                retry_after=left,
            )


def _check_stored(limits: Limits, stored: int, size: int) -> None:
    most = limits.stored_bytes
    if most and stored + size > most:
        raise StorageQuotaExceeded(
            f"the workspace stores {stored} bytes and may store {most}; deleting documents makes room",
            quota="stored_bytes",
            limit=most,
            stored=stored,
        )
