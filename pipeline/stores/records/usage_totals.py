"""What was ever spent, by model: rows of `usage` up to a number are folded into sums, and those behind it are read.

Whoever notes usage writes its rows and nothing else: a sum in the same transaction would be a row that all workers wait
for. The sums outlive the rows, so that they only grow, whatever workspaces are deleted.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    String,
    Table,
    bindparam,
    delete,
    func,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.stores.records.tables import metadata
from pipeline.stores.records.usage import SUMMED, UsageSum, usage

OF_JOBS = ""
"""Stands for rows without a model, those of jobs that ended."""
AT_LEAST = 1_000
"""Rows that are worth folding: reading so many takes a millisecond."""
AT_ONCE = 5_000
"""Rows of one transaction: on PostgreSQL nobody notes usage while it runs, which is some milliseconds."""
LOCK_SECONDS = 0.5
"""How long transactions are waited for that have noted usage and are not over; behind us others wait."""
COLUMNS = (*SUMMED, "seconds")

usage_totals = Table(
    "usage_totals",
    metadata,
    Column("model", String(200), primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in SUMMED),
    Column("seconds", Float, nullable=False),
    # The number of the last row that is in the sums, of all models; the newest of the table counts.
    Column("folded", BigInteger, nullable=False),
)

_FOLDED = select(func.coalesce(func.max(usage_totals.c.folded), 0))
_MODEL = func.coalesce(usage.c.model, OF_JOBS).label("model")
_COUNT_BEHIND = select(func.count()).select_from(
    select(usage.c.number).where(usage.c.number > bindparam("after")).limit(bindparam("at_most")).subquery()
)
_NEXT = select(usage.c.number).where(usage.c.number > bindparam("after")).order_by(usage.c.number).limit(AT_ONCE)
_LAST_AT_ONCE = select(func.max(_NEXT.subquery().c.number))


_NEW = (
    select(
        _MODEL,
        *(func.sum(usage.c[name]) for name in COLUMNS),
        bindparam("upto", type_=BigInteger).label("folded"),
    )
    .where(usage.c.number > bindparam("after"), usage.c.number <= bindparam("upto"))
    .group_by(_MODEL)
)
_FOLD = {
    dialect.dialect.name: insert.on_conflict_do_update(
        index_elements=["model"],
        set_={
            "folded": insert.excluded.folded,
            **{name: usage_totals.c[name] + insert.excluded[name] for name in COLUMNS},
        },
    )
    for dialect in (postgresql, sqlite)
    for insert in [dialect.insert(usage_totals).from_select(["model", *COLUMNS, "folded"], _NEW)]
}


def usage_in_all(connection: Connection) -> list[UsageSum]:
    """By model, of all workspaces and days, those that were deleted too; first what jobs did, under `None`."""
    # One statement sees one state of both tables. The number is given besides: PostgreSQL takes no index for one that
    # it does not know beforehand.
    after = connection.execute(_FOLDED).scalar_one()
    behind = select(_MODEL, *(usage.c[name] for name in COLUMNS)).where(
        usage.c.number > after, usage.c.number > _FOLDED.scalar_subquery()
    )
    every = union_all(select(usage_totals.c.model, *(usage_totals.c[name] for name in COLUMNS)), behind).subquery()
    query = select(every.c.model, *(func.sum(every.c[name]).label(name) for name in COLUMNS))
    rows = connection.execute(query.group_by(every.c.model).order_by(every.c.model)).mappings()
    return [
        UsageSum(
            day=None,
            model=row["model"] or None,
            seconds=float(row["seconds"]),
            **{name: int(row[name]) for name in SUMMED},
        )
        for row in rows
    ]


def fold(connection: Connection, *, at_least: int = AT_LEAST) -> bool:
    """Add rows that are not in the sums yet to them, where there are `at_least` so many; whether there may be more.

    Safe to run in several processes.

    Raises:
        sqlalchemy.exc.OperationalError: on PostgreSQL somebody who noted usage has not committed for long; later, then.
    """
    if _behind(connection, at_most=at_least) < at_least:
        return False
    _wait_for_writers(connection)
    after = connection.execute(_FOLDED).scalar_one()
    upto = connection.execute(_LAST_AT_ONCE, {"after": after}).scalar()
    if upto is None:
        return False
    connection.execute(_FOLD[connection.dialect.name], {"after": after, "upto": upto})
    return _behind(connection, at_most=1) > 0


def forget_usage(connection: Connection, workspace_id: str, *, limit: int) -> int:
    """Remove a workspace's rows that are in the sums, at most `limit` of them; how many."""
    folded = int(connection.execute(_FOLDED).scalar_one())
    mine = select(usage.c.number).where(usage.c.workspace_id == workspace_id, usage.c.number <= folded).limit(limit)
    removed = connection.execute(delete(usage).where(usage.c.number.in_(mine))).rowcount
    if removed and connection.dialect.name == "sqlite":
        # The next row's number is one more than the greatest there is: it may have been given out before.
        last = int(connection.execute(select(func.coalesce(func.max(usage.c.number), 0))).scalar_one())
        connection.execute(update(usage_totals).values(folded=min(last, folded)))
    return removed


def _behind(connection: Connection, *, at_most: int) -> int:
    after = connection.execute(_FOLDED).scalar_one()
    return int(connection.execute(_COUNT_BEHIND, {"after": after, "at_most": at_most}).scalar_one())


def _wait_for_writers(connection: Connection) -> None:
    """From here on no row comes whose number is smaller than one that is seen.

    Numbers are given out in order, and committed in another. The lock is one that whoever inserts conflicts with, and
    that one process can have. SQLite has one writer, which we are.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
        connection.execute(text("LOCK TABLE usage IN SHARE ROW EXCLUSIVE MODE"))
