"""Stages of jobs, with lease and fencing token (`attempt`)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    and_,
    bindparam,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from pipeline.stores.records.jobs import jobs
from pipeline.stores.records.tables import metadata, now, record, records

stages = Table(
    "stages",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("job_id", String(40), ForeignKey("jobs.id"), nullable=False),
    Column("workspace_id", String(40), nullable=False),
    Column("document_id", String(40), nullable=False),
    Column("name", String(16), nullable=False),
    Column("queue", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("run_after", Float, nullable=False),
    Column("lease_until", Float),
    Column("worker", String(120)),
    Column("progress", Float),
    Column("artifact_key", String(255)),
    Column("problem", JSON(none_as_null=True)),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
    Index(None, "queue", "status", "workspace_id", "priority", "created_at"),
    Index(None, "queue", "workspace_id", "started_at"),
    Index(None, "status", "lease_until"),
    Index(None, "status", "finished_at"),
    Index(None, "job_id"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StageRecord:
    """A stage as it stands."""

    id: str
    job_id: str
    workspace_id: str
    document_id: str
    name: str
    queue: str
    status: str
    priority: int
    attempt: int
    """Counts claims and is the fencing token: a writer with an older number is refused."""
    failures: int
    """Counts attempts that ended badly since the stage was last opened."""
    run_after: float
    lease_until: float | None
    worker: str | None
    progress: float | None
    artifact_key: str | None
    problem: dict[str, Any] | None
    created_at: float
    started_at: float | None
    finished_at: float | None

    def log_context(self) -> dict[str, Any]:
        """What a log line about this stage carries."""
        return {
            "job": self.job_id,
            "document": self.document_id,
            "workspace": self.workspace_id,
            "stage": self.name,
            "attempt": self.attempt,
        }


def stage_id(job_id: str, name: str) -> str:
    """The id of a job's stage."""
    return f"{job_id}/{name}"


def add_stages(
    connection: Connection,
    *,
    job_id: str,
    workspace_id: str,
    document_id: str,
    priority: int,
    queues: Mapping[str, str],
    ready: Collection[str],
) -> None:
    """A job's stages (`queues`: stage name → queue); those in `ready` can be claimed at once, the others wait."""
    rows = [
        {
            "id": stage_id(job_id, name),
            "job_id": job_id,
            "workspace_id": workspace_id,
            "document_id": document_id,
            "name": name,
            "queue": queue,
            "status": "ready" if name in ready else "waiting",
            "priority": priority,
            "attempt": 0,
            "failures": 0,
            "run_after": 0.0,
        }
        for name, queue in queues.items()
    ]
    connection.execute(insert(stages).values(created_at=now()), rows)


def list_stages(connection: Connection, job_id: str) -> list[StageRecord]:
    """A job's stages, in no order."""
    return records(StageRecord, connection.execute(_LIST, {"of_job": job_id}).mappings())


def statuses_of(connection: Connection, job_id: str) -> dict[str, str]:
    """The statuses of a job's stages, by name."""
    return {row.name: row.status for row in connection.execute(_STATUSES, {"of_job": job_id})}


def stages_of(connection: Connection, job_ids: Collection[str]) -> dict[str, list[StageRecord]]:
    """The stages of several jobs."""
    found: dict[str, list[StageRecord]] = {job_id: [] for job_id in job_ids}
    for row in connection.execute(select(stages).where(stages.c.job_id.in_(job_ids))).mappings():
        found[row["job_id"]].append(record(StageRecord, row))
    return found


# Statements of every stage are built once: building one costs more than running it.
_LIST = select(stages).where(stages.c.job_id == bindparam("of_job"))
_STATUSES = select(stages.c.name, stages.c.status).where(stages.c.job_id == bindparam("of_job"))
_SETTLE = (
    update(stages)
    .where(
        stages.c.id == bindparam("of_stage"),
        stages.c.attempt == bindparam("of_attempt"),
        stages.c.status == "running",
    )
    .values(
        status=bindparam("to_status"),
        artifact_key=bindparam("to_key"),
        problem=bindparam("to_problem", type_=stages.c.problem.type),
        lease_until=None,
        progress=None,
        finished_at=now(),
    )
)


_OPEN = (
    update(stages)
    .where(stages.c.id == bindparam("of_stage"), or_(stages.c.status == "waiting", stages.c.status == "ready"))
    .values(status=bindparam("to_status"), run_after=0.0, finished_at=None)
)
_CLOSE = _OPEN.values(finished_at=now())


def renew_lease(
    connection: Connection, stage: StageRecord, *, lease_seconds: float, progress: float | None
) -> bool | None:
    """Keep a stage: `False` when the job was asked to stop, `None` when the stage belongs to somebody else by now."""
    renewed = connection.execute(
        update(stages).where(*_mine(stage)).values(lease_until=now() + literal(lease_seconds), progress=progress)
    )
    if renewed.rowcount == 0:
        return None
    stopped = connection.execute(select(jobs.c.cancel_requested).where(jobs.c.id == stage.job_id)).scalar()
    return not stopped


def is_held(connection: Connection, stage: StageRecord) -> bool:
    """Whether this very claim is still good; if so, it stays so until the transaction ends."""
    return connection.execute(select(stages.c.id).where(*_mine(stage)).with_for_update()).first() is not None


def settle_stage(
    connection: Connection,
    stage: StageRecord,
    *,
    status: str,
    artifact_key: str | None = None,
    problem: Mapping[str, Any] | None = None,
) -> bool:
    """End a claimed stage; `False`, and nothing is changed, when somebody else has claimed it since."""
    changes = {
        "of_stage": stage.id,
        "of_attempt": stage.attempt,
        "to_status": status,
        "to_key": artifact_key,
        "to_problem": dict(problem) if problem else None,
    }
    return connection.execute(_SETTLE, changes).rowcount == 1


def postpone_stage(
    connection: Connection, stage: StageRecord, *, seconds: float, problem: Mapping[str, Any] | None, failed: bool
) -> bool:
    """Give a claimed stage back, to be claimed again after `seconds`; `False` when it was somebody else's by then."""
    postponed = connection.execute(
        update(stages)
        .where(*_mine(stage))
        .values(
            status="ready",
            run_after=now() + literal(seconds),
            problem=dict(problem) if problem else None,
            failures=stages.c.failures + (1 if failed else 0),
            lease_until=None,
            progress=None,
        )
    )
    return postponed.rowcount == 1


def set_status(connection: Connection, job_id: str, names: Collection[str], status: str) -> None:
    """Stages nobody works on become ready, skipped, or cancelled."""
    if not names:
        return
    statement = _CLOSE if status in {"skipped", "cancelled"} else _OPEN
    connection.execute(statement, [{"of_stage": stage_id(job_id, name), "to_status": status} for name in names])


def reopen_stages(connection: Connection, job_id: str, *, ready: Collection[str], waiting: Collection[str]) -> None:
    """Stages that ended are open again, with all attempts before them; running ones lose their claim."""
    for names, status in ((ready, "ready"), (waiting, "waiting")):
        connection.execute(
            update(stages)
            .where(stages.c.job_id == job_id, stages.c.name.in_(names))
            .values(
                status=status,
                attempt=stages.c.attempt + 1,
                failures=0,
                run_after=0.0,
                lease_until=None,
                artifact_key=None,
                problem=None,
                finished_at=None,
            )
        )


def scrub(connection: Connection, document_id: str) -> None:
    """Keep no word of a deleted document in its stages."""
    connection.execute(
        update(stages)
        .where(stages.c.job_id.in_(select(jobs.c.id).where(jobs.c.document_id == document_id)))
        .values(problem=None, artifact_key=None)
    )


def expired_stages(connection: Connection, *, limit: int = 100) -> list[StageRecord]:
    """Running stages whose lease ran out: their worker is gone, or too slow."""
    query = select(stages).where(stages.c.status == "running", stages.c.lease_until < now()).limit(limit)
    return records(StageRecord, connection.execute(query).mappings())


def has_expired(connection: Connection, stage: StageRecord) -> bool:
    """Whether the lease of this very claim has run out; if so, it can no longer be renewed in this transaction."""
    query = select(stages.c.id).where(*_mine(stage), stages.c.lease_until < now()).with_for_update()
    return connection.execute(query).first() is not None


def expire_all(connection: Connection) -> int:
    """Every lease has run out: the only process that could hold one has just begun. Returns how many."""
    return connection.execute(update(stages).where(stages.c.status == "running").values(lease_until=0.0)).rowcount


def is_busy(connection: Connection, queue: str) -> bool:
    """Whether anything in the queue is worked on, or could be."""
    can_be = or_(stages.c.status == "running", and_(stages.c.status == "ready", stages.c.run_after <= now()))
    query = select(stages.c.id).where(stages.c.queue == queue, can_be).limit(1)
    return connection.execute(query).first() is not None


def position(connection: Connection, stage: StageRecord) -> int:
    """How many ready stages of its workspace stand before this one in its queue; workspaces take turns besides."""
    sooner = or_(
        stages.c.priority < stage.priority,
        and_(stages.c.priority == stage.priority, stages.c.created_at < stage.created_at),
    )
    query = (
        select(func.count())
        .select_from(stages)
        .where(
            stages.c.queue == stage.queue,
            stages.c.status == "ready",
            stages.c.workspace_id == stage.workspace_id,
            sooner,
        )
    )
    return int(connection.execute(query).scalar_one())


def _mine(stage: StageRecord) -> tuple[Any, ...]:
    return (stages.c.id == stage.id, stages.c.attempt == stage.attempt, stages.c.status == "running")
