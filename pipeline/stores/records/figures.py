"""Counts over all workspaces, for those who run the service."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from pipeline.stores.records.jobs import jobs
from pipeline.stores.records.stages import stages
from pipeline.stores.records.tables import now
from pipeline.stores.records.webhooks import deliveries


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """How much there is, and how much waits."""

    jobs: dict[str, int]
    """By status."""
    stages: dict[tuple[str, str], int]
    """By queue and status; stages that ended are left out."""
    oldest_seconds: dict[str, float]
    """By queue: how old the oldest stage is that nobody has claimed."""
    deliveries: dict[str, int]
    """By status."""


def read_figures(connection: Connection) -> Figures:
    """All of them as they are now."""
    open_stages = stages.c.status.in_(("waiting", "ready", "running"))
    by_queue = select(stages.c.queue, stages.c.status, func.count()).where(open_stages).group_by("queue", "status")
    claimable = (stages.c.status == "ready") & (stages.c.run_after <= now())
    oldest = select(stages.c.queue, now() - func.min(stages.c.created_at)).where(claimable).group_by(stages.c.queue)
    return Figures(
        jobs=_counts(connection, jobs.c.status),
        stages={(queue, status): int(count) for queue, status, count in connection.execute(by_queue)},
        oldest_seconds={queue: max(0.0, float(seconds)) for queue, seconds in connection.execute(oldest)},
        deliveries=_counts(connection, deliveries.c.status),
    )


def _counts(connection: Connection, column: ColumnElement[str]) -> dict[str, int]:
    return {status: int(count) for status, count in connection.execute(select(column, func.count()).group_by(column))}
