"""Faults while documents come in: kill -9, restarts, broken connections, a full disk, a clock that is off.

An API, two workers and a sweeper run as processes on a real PostgreSQL and a real Redis, and are started again by a
supervisor. Clients send tiny invoices until each is accepted, and ask for its result. What they and the receiver of
webhooks saw is the history; a checker (`bench/faults/checker.py`) holds it against what the database and the blobs hold
at the end. `--seed` decides what is broken, whom it hits, in which order and when; `--quick` makes 30 faults instead of
500, with a shorter lease.

`recovery` is the time from a fault until all stages that its victim held are taken up by others or have ended, an
upload was accepted and a job has ended; where a fault lasts, that is included.
"""

import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.faults.checker import Findings, check, percentile
from bench.faults.clients import Crowd, Receiver
from bench.faults.disk import Disk
from bench.faults.harm import Harm
from bench.faults.history import Fault, History
from bench.faults.plan import plan
from bench.faults.recovery import RecoveryWatch
from bench.faults.site import Site
from bench.faults.state import State, read_state, settle
from bench.faults.wrong_clock import library
from bench.servers import Postgres, Redis

LEASE_SECONDS = 45.0
"""The default of `jobs.lease_seconds`."""
SHOWN = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How large a run is."""

    faults: int
    documents: int
    pause: float
    """Seconds between two faults, on average."""
    lease_seconds: float
    attempts: int
    """`jobs.max_attempts`. Where a lease is short and stages are slow, a sound one may be hit more than thrice."""
    patience: float
    """How long after the last fault everything may take to come to its end."""


FULL = Size(faults=500, documents=5_000, pause=4.0, lease_seconds=LEASE_SECONDS, attempts=3, patience=600)
QUICK = Size(faults=30, documents=300, pause=1.2, lease_seconds=6.0, attempts=10, patience=300)
SHORT = Size(faults=30, documents=40, pause=0.6, lease_seconds=6.0, attempts=10, patience=240)
"""For the tests."""


def lacking() -> list[str]:
    """What this machine lacks for a run."""
    needed = {
        "PostgreSQL": Postgres.installed(),
        "Redis": Redis.installed(),
        "libfaketime": library() is not None,
        "mount namespaces": Disk.possible(),
    }
    return [name for name, there in needed.items() if not there]


def main(quick: bool, seed: int = 1) -> dict[str, Any]:
    """Run it; the figures."""
    return run(QUICK if quick else FULL, seed)


def run(size: Size, seed: int) -> dict[str, Any]:
    """A run of that size.

    Raises:
        RuntimeError: the machine lacks something, or the harness itself failed.
    """
    if lacking():
        raise RuntimeError(f"missing: {', '.join(lacking())}")
    print(f"{size.faults} faults, seed {seed}, a lease of {size.lease_seconds:g} s")
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="sheaf-chaos-"))
    history = History()
    with ExitStack() as stack:
        receiver = Receiver(history)
        stack.callback(receiver.close)
        site = Site(stack, folder, receiver_port=receiver.port, lease=size.lease_seconds, attempts=size.attempts)
        site.start(stack)
        crowd = _hurt(site, history, size, seed, f"http://127.0.0.1:{receiver.port}/")
        settle(site.database_url, time.monotonic() + size.patience)
        state = read_state(site.database_url, site.disk.path)
        history.save(folder / "history.jsonl")
    findings = check(history.events(), state)
    wrong = [*crowd.refusals, *findings.wrong()]
    for sentence in wrong[:SHOWN]:
        print(f"wrong: {sentence}")
    if wrong:
        (folder / "wrong.txt").write_text("\n".join(wrong), encoding="utf-8")
        print(f"history, logs and all that was wrong are in {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return _figures(site, history, crowd, findings, state) | {"seed": seed, "seconds": round(time.monotonic() - began)}


def _hurt(site: Site, history: History, size: Size, seed: int, webhook_url: str) -> Crowd:
    """Documents and faults, until there were enough of both, and each fault has been recovered from."""
    crowd = Crowd(site.api.url, site.key, history, seed=seed, webhook_url=webhook_url, senders=4, ahead=40)
    watch = RecoveryWatch(site.database_url, history)
    watch.start()
    harm = Harm(site, history, watch)
    for planned in plan(seed, size.faults, pause=size.pause):
        time.sleep(planned.pause)
        harm.begin(planned)
    harm.close()
    deadline = time.monotonic() + size.patience
    while (watch.open or crowd.accepted < size.documents) and time.monotonic() < deadline:
        time.sleep(0.2)
    crowd.stop_sending()
    watch.close()
    crowd.close(time.monotonic() + size.patience)
    return crowd


def _figures(site: Site, history: History, crowd: Crowd, findings: Findings, state: State) -> dict[str, Any]:
    kinds = Counter(event.kind for event in history.events() if isinstance(event, Fault))
    times = [seconds for each in findings.recovery.values() for seconds in each]
    kills = [seconds for kind, each in findings.recovery.items() if kind.startswith("kill-") for seconds in each]
    return {
        "faults": sum(kinds.values()),
        "kinds": dict(sorted(kinds.items())),
        "accepted": findings.accepted,
        "lost": len(findings.lost),
        "doubled": len(findings.doubled),
        "stuck": len(findings.stuck),
        "misdated": len(findings.misdated),
        "refused": len(crowd.refusals),
        "unrecovered": len(findings.unrecovered),
        "recovery_p50_s": percentile(times, 0.5),
        "recovery_p99_s": percentile(times, 0.99),
        "kill_recovery_worst_s": max(kills, default=None),
        "recovery_worst_s": {kind: max(each) for kind, each in sorted(findings.recovery.items())},
        "accept_p99_ms": round((percentile(crowd.seconds, 0.99) or 0) * 1000),
        "exits": {member.name: member.exits for member in site.members},
        "stalls": {member.name: member.stalls for member in site.members},
        "stages": len(state.stages),
    }
