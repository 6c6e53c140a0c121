"""What the database and the blobs hold at the end of a run, as the checker needs it."""

import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

TERMINAL = frozenset({"succeeded", "partial", "failed", "cancelled"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A job's row, and what belongs to it."""

    id: str
    document_id: str
    status: str
    created_at: float
    finished_at: float | None
    problem: str | None
    """The problem's type, where it has one."""
    ended: int
    """How many times an end of it was committed, by the rows that count ended jobs."""
    results: int
    """How many results were committed."""
    events: int
    """How many events of its end there are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """A stage's row."""

    job_id: str
    name: str
    status: str
    worker: str | None
    started_at: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """The end of a run."""

    jobs: list[Job]
    stages: list[Stage]
    keys: dict[str, str]
    """Idempotency-Key → id of the job it stands for."""
    documents: dict[str, str | None]
    """Id → SHA-256 of its stored file; `None` where there is none."""
    waiting: list[str] = field(default_factory=list)
    """Deliveries that have not been made."""


_JOBS = """
SELECT j.id, j.document_id, j.status, j.created_at, j.finished_at, j.problem->>'type',
       (SELECT coalesce(sum(u.jobs), 0) FROM usage u WHERE u.job_id = j.id),
       (SELECT count(*) FROM artifacts a WHERE a.document_id = j.document_id AND a.stage = 'finish'),
       (SELECT count(DISTINCT d.event_id) FROM webhook_deliveries d WHERE d.document_id = j.document_id)
FROM jobs j
"""
_STAGES = "SELECT job_id, name, status, worker, started_at FROM stages"
_KEYS = "SELECT key, job_id FROM idempotency_keys"
_DOCUMENTS = "SELECT document_id, blob_key FROM revisions"
_WAITING = "SELECT id FROM webhook_deliveries WHERE status IN ('pending', 'sending')"


def read_state(url: str, blobs: Path) -> State:
    """Read the database at a libpq URL, and hash every stored file in the folder of blobs."""
    with psycopg.connect(url) as connection:
        jobs = [
            Job(id=row[0], document_id=row[1], status=row[2], created_at=row[3], finished_at=row[4], problem=row[5],
                ended=row[6], results=row[7], events=row[8])
            for row in connection.execute(_JOBS)
        ]  # fmt: skip
        stages = [
            Stage(job_id=row[0], name=row[1], status=row[2], worker=row[3], started_at=row[4])
            for row in connection.execute(_STAGES)
        ]
        keys: dict[str, str] = {row[0]: row[1] for row in connection.execute(_KEYS)}
        files = connection.execute(_DOCUMENTS).fetchall()
        waiting = [row[0] for row in connection.execute(_WAITING)]
    documents = {document_id: _sha256(blobs / key) for document_id, key in files}
    return State(jobs=jobs, stages=stages, keys=keys, documents=documents, waiting=waiting)


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


def open_jobs(url: str) -> int:
    """How many jobs and deliveries have not ended."""
    query = "SELECT (SELECT count(*) FROM jobs WHERE NOT status = ANY(%s)) + (SELECT count(*) FROM ({}) AS w)"
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.format(_WAITING), [sorted(TERMINAL)]).fetchone()
    assert row is not None, "a count is always given"
    return int(row[0])


def settle(url: str, deadline: float) -> None:
    """Wait until no job and no delivery is open any more, or until a time of `time.monotonic`."""
    while open_jobs(url) and time.monotonic() < deadline:
        time.sleep(0.2)


def dump(state: State) -> str:
    """The jobs that have not ended or ended badly, a line each, for whoever looks for the cause."""
    bad = [job for job in state.jobs if job.status != "succeeded"]
    return "\n".join(json.dumps({"job": job.id, "status": job.status, "problem": job.problem}) for job in bad[:20])
