"""What workspaces have used of their quotas: a row for each workspace and day (UTC)."""

from dataclasses import asdict, dataclass

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.stores.records.jobs import jobs
from pipeline.stores.records.tables import metadata, record, today

daily_quotas = Table(
    "daily_quotas",
    metadata,
    Column("workspace_id", String(40), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("documents", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("reruns", Integer, nullable=False, server_default="0"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Used:
    """Of a day."""

    documents: int = 0
    """Uploads."""
    bytes: int = 0
    """Of these uploads."""
    reruns: int = 0
    """Jobs that were run without an upload: over a document that was stored before, or again."""


_COUNTED = (daily_quotas.c.documents, daily_quotas.c.bytes, daily_quotas.c.reruns)
# Statements of every upload are built once: building one costs more than running it.
_TAKE = {
    dialect.dialect.name: insert.on_conflict_do_update(
        index_elements=["workspace_id", "day"],
        set_={column.name: column + insert.excluded[column.name] for column in _COUNTED},
    ).returning(*_COUNTED)
    for dialect in (postgresql, sqlite)
    for insert in [
        dialect.insert(daily_quotas).values(
            workspace_id=bindparam("of_workspace"), day=today(), **{c.name: bindparam(f"of_{c.name}") for c in _COUNTED}
        )
    ]
}
_USED = select(*_COUNTED).where(daily_quotas.c.workspace_id == bindparam("of_workspace"), daily_quotas.c.day == today())
_OPEN = (
    select(jobs.c.id)
    .where(jobs.c.workspace_id == bindparam("of_workspace"), jobs.c.finished_at.is_(None))
    .limit(bindparam("at_most"))
    .subquery()
)
_COUNT_OPEN = select(func.count()).select_from(_OPEN)


def take(connection: Connection, workspace_id: str, more: Used) -> Used:
    """Count so much more; the day's sums with it. Others of the workspace wait until we commit."""
    counted = {f"of_{name}": count for name, count in asdict(more).items()}
    taken = connection.execute(_TAKE[connection.dialect.name], {"of_workspace": workspace_id, **counted})
    return record(Used, taken.mappings().one())


def used(connection: Connection, workspace_id: str) -> Used:
    """The day's sums so far."""
    row = connection.execute(_USED, {"of_workspace": workspace_id}).mappings().first()
    return record(Used, row) if row else Used()


def count_open_jobs(connection: Connection, workspace_id: str, *, at_most: int) -> int:
    """Jobs of the workspace that have not ended, counted up to `at_most`."""
    return int(connection.execute(_COUNT_OPEN, {"of_workspace": workspace_id, "at_most": at_most}).scalar_one())


def expire_quotas(connection: Connection) -> int:
    """Forget earlier days; how many rows."""
    return connection.execute(delete(daily_quotas).where(daily_quotas.c.day < today())).rowcount
