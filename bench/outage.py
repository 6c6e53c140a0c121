"""The broker's memory is wiped, then it is silent, then away, for minutes, while documents come in at an even pace.

An API, two workers and a sweeper run as processes on a real PostgreSQL and a real Redis, all with the default lease and
attempts. `calm`, `flushed`, `silent` and `down` tell how long uploads took to be answered with 202: before, while Redis
was wiped each second, while it answered nobody (SIGSTOP), and after kill -9. `again` counts tries that were not, in all
of the run. `ended_s` is how long after Redis came back the last job had ended; what was accepted is held against the
end as in `chaos`.
"""

import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from bench.chaos import LEASE_SECONDS, lacking
from bench.faults.checker import check, percentile
from bench.faults.clients import Crowd, Receiver
from bench.faults.history import History
from bench.faults.site import Site
from bench.faults.state import read_state, settle

ATTEMPTS = 3
"""The default of `jobs.max_attempts`."""
SENDERS = 4
AHEAD = 100_000
"""Nobody waits for results: none comes while Redis is away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How long each part takes, in seconds, and the pause of each sender between two documents."""

    calm: float
    flushed: float
    silent: float
    down: float
    pause: float
    patience: float
    """How long all jobs may take to end once Redis is back."""


FULL = Size(calm=60, flushed=60, silent=60, down=180, pause=1.0, patience=1_200)
QUICK = Size(calm=10, flushed=10, silent=15, down=30, pause=1.0, patience=600)
SHORT = Size(calm=4, flushed=4, silent=6, down=6, pause=0.5, patience=240)
"""For the tests."""


def main(quick: bool, seed: int = 1) -> dict[str, Any]:
    """Run it; the figures."""
    return run(QUICK if quick else FULL, seed)


def run(size: Size, seed: int) -> dict[str, Any]:
    """A run of that size.

    Raises:
        RuntimeError: the machine lacks something.
    """
    if lacking():
        raise RuntimeError(f"missing: {', '.join(lacking())}")
    folder = Path(tempfile.mkdtemp(prefix="sheaf-outage-"))
    history = History()
    with ExitStack() as stack:
        receiver = Receiver(history)
        stack.callback(receiver.close)
        site = Site(stack, folder, receiver_port=receiver.port, lease=LEASE_SECONDS, attempts=ATTEMPTS)
        site.start(stack)
        webhook_url = f"http://127.0.0.1:{receiver.port}/"
        crowd = Crowd(site.api.url, site.key, history, seed=seed, webhook_url=webhook_url, senders=SENDERS,
                      ahead=AHEAD, pause=size.pause)  # fmt: skip
        parts = _parts(site, crowd, size)
        back = time.monotonic()
        crowd.stop_sending()
        crowd.close(back + size.patience)
        settle(site.database_url, back + size.patience)
        ended = time.monotonic() - back
        findings = check(history.events(), read_state(site.database_url, site.disk.path))
    wrong = [*crowd.refusals, *findings.wrong()]
    for sentence in wrong[:10]:
        print(f"wrong: {sentence}")
    if not wrong:
        shutil.rmtree(folder, ignore_errors=True)
    return parts | {
        "down_s": size.down,
        "accepted": findings.accepted,
        "again": crowd.again,
        "lost": len(findings.lost),
        "doubled": len(findings.doubled),
        "stuck": len(findings.stuck),
        "refused": len(crowd.refusals),
        "ended_s": round(ended, 1),
        "exits": {member.name: member.exits for member in site.members},
    }


def _parts(site: Site, crowd: Crowd, size: Size) -> dict[str, dict[str, float | int | None]]:
    """What uploads took in each part; Redis is back at the end."""
    client = redis.Redis(port=site.redis.port)
    try:
        calm = _part("calm", crowd, size.calm, lambda: None)
        flushed = _part("Redis wiped each second", crowd, size.flushed, client.flushall)
    finally:
        client.close()
    try:
        site.redis.freeze()
        silent = _part("Redis silent", crowd, size.silent, lambda: None)
    finally:
        site.redis.signal(signal.SIGKILL)
    down = _part("Redis away", crowd, size.down, lambda: None)
    site.redis.start()
    return {"calm": calm, "flushed": flushed, "silent": silent, "down": down}


def _part(name: str, crowd: Crowd, seconds: float, each_second: Callable[[], object]) -> dict[str, float | int | None]:
    print(f"{name}, {seconds:g} s", flush=True)
    before = len(crowd.seconds)
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        each_second()
        time.sleep(min(1.0, left))
    took = crowd.seconds[before:]
    return {
        "accepted": len(took),
        "p50_ms": _ms(percentile(took, 0.5)),
        "p99_ms": _ms(percentile(took, 0.99)),
    }


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
