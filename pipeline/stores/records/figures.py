"""Counts over all workspaces, for those who run the service."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, func, select

from pipeline.stores.records.deliveries import deliveries
from pipeline.stores.records.generations import Progress, present_progress
from pipeline.stores.records.jobs import jobs
from pipeline.stores.records.receivers import count_open
from pipeline.stores.records.stages import stages
from pipeline.stores.records.tables import current_time, now
from pipeline.stores.records.usage import UsageSum
from pipeline.stores.records.usage_totals import usage_in_all

RECENT_SECONDS = 900.0
OPEN_JOBS = ("queued", "running")
ENDED_JOBS = ("succeeded", "partial", "failed", "cancelled")
OPEN_DELIVERIES = ("pending", "sending")
ENDED_DELIVERIES = ("delivered", "failed", "cancelled")


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """What only grows with the years: to count it reads all there ever was, if of an index only."""

    jobs: dict[str, int]
    """Those that ended, by status."""
    deliveries: dict[str, int]
    """Those that ended, by status."""


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
    ended: dict[str, tuple[int, float]] = field(default_factory=dict)
    """By stage: how many succeeded within `RECENT_SECONDS`, and the seconds they took in all."""
    usage: list[UsageSum] = field(default_factory=list)
    """By model what was spent ever since; pages are those of `model` `None`."""
    rebuild: Progress | None = None
    """Of an index that is being filled beside the one in use."""
    receivers_open: int = 0
    """Receivers of webhooks that are left alone because they fail."""


def read_totals(connection: Connection) -> Totals:
    """As they are now, in some tenths of a second for each million of rows."""
    return Totals(
        jobs=_counts(connection, jobs.c.status, ENDED_JOBS),
        deliveries=_counts(connection, deliveries.c.status, ENDED_DELIVERIES),
    )


def read_figures(connection: Connection, totals: Totals) -> Figures:
    """All of them, with what has ended as in `totals`: what is open is counted now, and is never much."""
    open_stages = stages.c.status.in_(("waiting", "ready", "running"))
    by_queue = select(stages.c.queue, stages.c.status, func.count()).where(open_stages).group_by("queue", "status")
    claimable = (stages.c.status == "ready") & (stages.c.run_after <= now())
    oldest = select(stages.c.queue, now() - func.min(stages.c.created_at)).where(claimable).group_by(stages.c.queue)
    took = func.sum(stages.c.finished_at - stages.c.started_at)
    # A number: PostgreSQL uses no index for what a clock says anew for each row, and guesses a third for the unknown.
    since = current_time(connection) - RECENT_SECONDS
    recent = (stages.c.status == "succeeded") & (stages.c.finished_at > since)
    ended = select(stages.c.name, func.count(), took).where(recent).group_by(stages.c.name)
    return Figures(
        jobs={**totals.jobs, **_counts(connection, jobs.c.status, OPEN_JOBS)},
        stages={(queue, status): int(count) for queue, status, count in connection.execute(by_queue)},
        oldest_seconds={queue: max(0.0, float(seconds)) for queue, seconds in connection.execute(oldest)},
        deliveries={**totals.deliveries, **_counts(connection, deliveries.c.status, OPEN_DELIVERIES)},
        ended={name: (int(count), max(0.0, float(seconds))) for name, count, seconds in connection.execute(ended)},
        usage=usage_in_all(connection),
        receivers_open=count_open(connection),
        rebuild=present_progress(connection),
    )


def _counts(connection: Connection, status: ColumnElement[str], among: Sequence[str]) -> dict[str, int]:
    """How many rows have each status; those that no row has are left out."""
    query = select(status, func.count()).where(status.in_(among)).group_by(status)
    return {name: int(count) for name, count in connection.execute(query)}
