"""Claims: which stage of a queue comes next, and taking it.

Priority comes first. Within a priority the workspace with the fewest running stages of the queue comes first, then the
one that was served longest ago, then the older stage: ten thousand stages of one workspace do not hold up another's
single one. The choice costs a few index look-ups for each workspace that waits in the queue, however much waits.
"""

from sqlalchemy import Connection, Float, bindparam, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from pipeline.stores.records.stages import StageRecord, stages
from pipeline.stores.records.tables import now, record

_READY = (stages.c.queue == bindparam("wanted"), stages.c.status == "ready")


def _first_workspace(*, after: ColumnElement[str] | None) -> ColumnElement[str]:
    """The next workspace in the index that has ready stages; `NULL` after the last."""
    ready = stages.alias()
    query = select(func.min(ready.c.workspace_id)).where(
        ready.c.queue == bindparam("wanted"), ready.c.status == "ready"
    )
    return (query if after is None else query.where(ready.c.workspace_id > after)).scalar_subquery()


def _fairest_workspace() -> ColumnElement[str]:
    """The workspace whose turn it is."""
    # The databases do not skip from one workspace to the next in an index by themselves: recursion makes them.
    waiting = select(_first_workspace(after=None).label("workspace_id")).cte("waiting", recursive=True)
    following = select(_first_workspace(after=waiting.c.workspace_id)).where(waiting.c.workspace_id.is_not(None))
    waiting = waiting.union_all(following)
    due, first, running, served = stages.alias(), stages.alias(), stages.alias(), stages.alias()
    best = (
        select(due.c.id)
        .where(
            due.c.queue == bindparam("wanted"),
            due.c.status == "ready",
            due.c.workspace_id == waiting.c.workspace_id,
            due.c.run_after <= now(),
        )
        .order_by(due.c.priority, due.c.created_at)
        .limit(1)
        .scalar_subquery()
    )
    busy = (
        select(func.count())
        .where(
            running.c.queue == bindparam("wanted"),
            running.c.status == "running",
            running.c.workspace_id == waiting.c.workspace_id,
        )
        .scalar_subquery()
    )
    last = (
        select(func.coalesce(func.max(served.c.started_at), 0.0))
        .where(served.c.queue == bindparam("wanted"), served.c.workspace_id == waiting.c.workspace_id)
        .scalar_subquery()
    )
    return (
        select(waiting.c.workspace_id)
        .join(first, first.c.id == best)
        .order_by(first.c.priority, busy, last, first.c.created_at)
        .limit(1)
        .scalar_subquery()
    )


_DUE = select(stages.c.id).where(*_READY, stages.c.run_after <= now()).limit(1).with_for_update(skip_locked=True)
_FAIR = _DUE.where(stages.c.workspace_id == _fairest_workspace()).order_by(stages.c.priority, stages.c.created_at)
_ANY = _DUE.order_by(stages.c.workspace_id, stages.c.priority, stages.c.created_at)
# Statements of every stage are built once: building one costs more than running it.
_CLAIM, _CLAIM_ANY = (
    update(stages)
    .where(stages.c.id == chosen.scalar_subquery(), stages.c.status == "ready")
    .values(
        status="running",
        attempt=stages.c.attempt + 1,
        lease_until=now() + bindparam("lease_seconds", type_=Float),
        worker=bindparam("by"),
        progress=None,
        started_at=now(),
        finished_at=None,
    )
    .returning(stages)
    for chosen in (_FAIR, _ANY)
)


def claim_stage(connection: Connection, queue: str, *, worker: str, lease_seconds: float) -> StageRecord | None:
    """Take the best stage of a queue that is ready and due; two workers never get the same one.

    Waits for no lock, so that it may stand at the end of a transaction that holds some.
    """
    wanted = {"wanted": queue, "by": worker, "lease_seconds": lease_seconds}
    row = connection.execute(_CLAIM, wanted).mappings().first()
    if row is None and connection.dialect.name == "postgresql":
        # All that the chosen workspace has may be in the hands of others at this moment, and only there.
        row = connection.execute(_CLAIM_ANY, wanted).mappings().first()
    return record(StageRecord, row) if row else None
