"""What was spent: a row for each model a stage or an answer used, and one for each job that ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    RowMapping,
    Select,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
)

from pipeline.stores.records.tables import current_time, metadata

usage = Table(
    "usage",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("workspace_id", String(40), nullable=False),
    Column("day", String(10), nullable=False),
    Column("job_id", String(40)),
    Column("work", String(20), nullable=False),
    Column("model", String(200)),
    Column("jobs", Integer, nullable=False, server_default="0"),
    Column("pages", Integer, nullable=False, server_default="0"),
    Column("calls", Integer, nullable=False, server_default="0"),
    Column("input_tokens", BigInteger, nullable=False, server_default="0"),
    Column("cached_tokens", BigInteger, nullable=False, server_default="0"),
    Column("output_tokens", BigInteger, nullable=False, server_default="0"),
    Column("seconds", Float, nullable=False, server_default="0"),
    # Millionths of the settings' currency: sums of floats would not add up.
    Column("cost_millionths", BigInteger, nullable=False, server_default="0"),
    Index(None, "workspace_id", "day"),
    Index(None, "job_id"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class UsageRow:
    """What is added: for a model's calls `model` and tokens, for an ended job `jobs` and `pages`."""

    work: str
    """A stage's name, `job`, or `answer`."""
    model: str | None = None
    job_id: str | None = None
    jobs: int = 0
    pages: int = 0
    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    cost_millionths: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class UsageSum:
    """Sums of rows; of jobs where `model` is `None`."""

    day: str | None
    model: str | None
    jobs: int
    pages: int
    calls: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    seconds: float
    cost_millionths: int


SUMMED = ("jobs", "pages", "calls", "input_tokens", "cached_tokens", "output_tokens", "cost_millionths")


def add_usage(connection: Connection, workspace_id: str, rows: Sequence[UsageRow]) -> None:
    """Note what was spent, on the database's day (UTC)."""
    if not rows:
        return
    day = datetime.fromtimestamp(current_time(connection), UTC).date().isoformat()
    values = [
        {"workspace_id": workspace_id, "day": day} | {name: getattr(row, name) for name in UsageRow.__slots__}
        for row in rows
    ]
    connection.execute(insert(usage), values)


def _sums(*, with_day: bool) -> Select[tuple[object, ...]]:
    columns = [usage.c.day] if with_day else []
    sums = [func.sum(usage.c[name]).label(name) for name in (*SUMMED, "seconds")]
    return select(*columns, usage.c.model, *sums)


# A statement of every job is built once: building it costs more than running it.
_OF_JOB = (
    _sums(with_day=False)
    .where(usage.c.job_id == bindparam("of_job"), usage.c.model.is_not(None))
    .group_by(usage.c.model)
)


def usage_of_job(connection: Connection, job_id: str) -> list[UsageSum]:
    """By model, what the job's stages have spent so far, failed attempts included."""
    return [_sum(row) for row in connection.execute(_OF_JOB, {"of_job": job_id}).mappings()]


def usage_between(connection: Connection, workspace_id: str, *, since: str, until: str) -> list[UsageSum]:
    """By day and model, oldest first; days are ISO dates, both included."""
    query = _sums(with_day=True).where(usage.c.workspace_id == workspace_id, usage.c.day.between(since, until))
    grouped = query.group_by(usage.c.day, usage.c.model).order_by(usage.c.day, usage.c.model)
    return [_sum(row) for row in connection.execute(grouped).mappings()]


def _sum(row: RowMapping) -> UsageSum:
    # PostgreSQL sums big integers as decimals.
    counts = {name: int(row[name]) for name in SUMMED}
    return UsageSum(day=row.get("day"), model=row["model"], seconds=float(row["seconds"]), **counts)
