"""A document that kills its worker every time: three attempts, then it has failed; others hardly notice.

An API, three workers and a sweeper run as processes on a real PostgreSQL and a real Redis, with the default attempts,
while small invoices come in at an even pace. The poisonous document is a PDF that keeps its reader busy; as soon as a
worker has claimed that, the process that did so gets kill -9, as the kernel ends it when memory runs out; the one that
has forked it forks another. It is sent again and again, one after another.

`attempts` is the most that one of them had, and `outcomes` what became of them. `p95_s` has the time from acceptance to
the end of the other jobs, in two calm parts before and after and in the poisoned one between; `moved` is by what share
the poisoned one differs from both calm ones together, `noise` by what share these differ from each other.
"""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bench.chaos import lacking
from bench.faults.checker import check, percentile
from bench.faults.clients import Crowd, Receiver
from bench.faults.history import History, clock
from bench.faults.site import Site
from bench.faults.state import TERMINAL, Job, read_state, settle
from bench.hostile_files.pdfs import nested_forms, pdf
from bench.outage import ATTEMPTS

LOOK_SECONDS = 0.05
SENDERS = 2
_HOLDERS = "SELECT worker FROM stages WHERE job_id = %s AND status = 'running' AND name <> 'finish'"
"""Its end is nothing that it could spoil."""
_ATTEMPTS = "SELECT max(attempt) FROM stages WHERE job_id = %s"


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How large a run is, in seconds."""

    calm: float
    """Each of both calm parts."""
    poisons: int
    pause: float
    """Of each sender between two documents."""
    lease_seconds: float
    patience: float
    """How long a poisonous document, and all others in the end, may take."""


FULL = Size(calm=300, poisons=4, pause=0.4, lease_seconds=45, patience=900)
QUICK = Size(calm=30, poisons=1, pause=0.4, lease_seconds=10, patience=600)
SHORT = Size(calm=2, poisons=1, pause=1.0, lease_seconds=4, patience=300)
"""For the tests."""


def main(quick: bool, seed: int = 1) -> dict[str, Any]:
    """Run it; the figures."""
    return run(QUICK if quick else FULL, seed)


@dataclass(slots=True)
class Assassin:
    """Kills whoever works on a job, until that has ended."""

    site: Site
    killed: set[str] = field(default_factory=set)
    """By the names that their claims carry, which stay on for a while."""
    outcomes: Counter[str] = field(default_factory=Counter)
    attempts: int = 0

    def follow(self, job_id: str, deadline: float) -> None:
        """Until the job has ended, or a time of `time.monotonic`."""
        with psycopg.connect(self.site.database_url, autocommit=True) as connection:
            while time.monotonic() < deadline:
                for (worker,) in connection.execute(_HOLDERS, [job_id]).fetchall():
                    self._kill(worker)
                row = connection.execute("SELECT status, problem->>'type' FROM jobs WHERE id = %s", [job_id]).fetchone()
                assert row is not None, "it was accepted"
                status, problem = row
                if status in TERMINAL:
                    break
                time.sleep(LOOK_SECONDS)
            most = connection.execute(_ATTEMPTS, [job_id]).fetchone()
        assert most is not None, "an aggregate is always given"
        self.attempts = max(self.attempts, int(most[0]))
        self.outcomes[f"{status}: {problem}"] += 1

    def _kill(self, worker: str) -> None:
        for member in self.site.workers:
            if member.worker == worker and worker not in self.killed and member.kill_forked():
                self.killed.add(worker)


def run(size: Size, seed: int) -> dict[str, Any]:
    """A run of that size.

    Raises:
        RuntimeError: the machine lacks something.
    """
    if lacking():
        raise RuntimeError(f"missing: {', '.join(lacking())}")
    folder = Path(tempfile.mkdtemp(prefix="sheaf-poison-"))
    history = History()
    with ExitStack() as stack:
        receiver = Receiver(history)
        stack.callback(receiver.close)
        site = Site(stack, folder, receiver_port=receiver.port, lease=size.lease_seconds, attempts=ATTEMPTS, workers=3)
        site.start(stack)
        crowd = Crowd(site.api.url, site.key, history, seed=seed, webhook_url=f"http://127.0.0.1:{receiver.port}/",
                      senders=SENDERS, ahead=100_000, pause=size.pause)  # fmt: skip
        assassin, poisoned, times = _parts(site, size)
        crowd.stop_sending()
        deadline = time.monotonic() + size.patience
        crowd.close(deadline)
        settle(site.database_url, deadline)
        state = read_state(site.database_url, site.disk.path)
        findings = check(history.events(), state)
    shutil.rmtree(folder, ignore_errors=True)
    others = [job for job in state.jobs if job.id not in poisoned]
    return _figures(assassin, others, times) | {
        "others": len(others),
        "others_failed": sum(job.status != "succeeded" for job in others),
        "lost": len(findings.lost),
        "stuck": len(findings.stuck),
    }


def _parts(site: Site, size: Size) -> tuple[Assassin, set[str], list[float]]:
    """Who killed, the poisonous jobs, and when each part began and the last one ended."""
    assassin, poisoned, times = Assassin(site), set[str](), [clock()]
    print(f"calm, {size.calm:g} s", flush=True)
    time.sleep(size.calm)
    times.append(clock())
    for number in range(size.poisons):
        job_id = _send_poison(site, number)
        poisoned.add(job_id)
        assassin.follow(job_id, time.monotonic() + size.patience)
        print(f"poisoned: {dict(assassin.outcomes)} after {len(assassin.killed)} kills", flush=True)
    times.append(clock())
    print(f"calm, {size.calm:g} s", flush=True)
    time.sleep(size.calm)
    return assassin, poisoned, [*times, clock()]


def _send_poison(site: Site, number: int) -> str:
    headers = {"Authorization": f"Bearer {site.key}", "Idempotency-Key": f"poison-{number}"}
    answer = httpx.post(
        f"{site.api.url}/v1/documents",
        files={"file": ("poison.pdf", pdf(nested_forms()) + b"%% %d\n" % number)},
        data={"schema": "invoice", "tasks": "extract"},
        headers=headers,
        timeout=60,
        trust_env=False,
    )
    return str(answer.raise_for_status().json()["job"]["id"])


def _figures(assassin: Assassin, others: list[Job], times: list[float]) -> dict[str, Any]:
    begun, poison, over, ended = times
    before, during, after = (
        _p95(others, since, until) for since, until in ((begun, poison), (poison, over), (over, ended))
    )
    calm = percentile([*_seconds(others, begun, poison), *_seconds(others, over, ended)], 0.95)
    return {
        "attempts": assassin.attempts,
        "kills": len(assassin.killed),
        "outcomes": dict(assassin.outcomes),
        "p95_s": {"before": before, "poisoned": during, "after": after},
        "moved": _share(during, calm),
        "noise": _share(after, before),
    }


def _seconds(jobs: Iterable[Job], since: float, until: float) -> list[float]:
    """From acceptance to the end, of those that were accepted in that time."""
    return [job.finished_at - job.created_at for job in jobs if job.finished_at and since <= job.created_at < until]


def _p95(jobs: list[Job], since: float, until: float) -> float | None:
    found = percentile(_seconds(jobs, since, until), 0.95)
    return None if found is None else round(found, 2)


def _share(one: float | None, other: float | None) -> float | None:
    return None if not one or not other else round(one / other - 1, 3)
