"""Doing a planned fault to a site."""

import random
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from bench.faults.fleet import Member
from bench.faults.history import Fault, History, clock
from bench.faults.plan import Planned
from bench.faults.recovery import RecoveryWatch
from bench.faults.site import Site

OFF_SECONDS = 600
SLOW_SECONDS = 0.15
"""How long each piece waits on a slow connection."""
READY_SECONDS = 120.0
"""How long a kill is put off until its victim is at work: one that only starts has nothing to lose."""


Done = tuple[str, list[str], float]
"""Whom a fault hit, the names of the workers whose claims it hit, and when it began."""


class Harm:
    """Carries out faults, each in a thread, since some of them last."""

    def __init__(self, site: Site, history: History, watch: RecoveryWatch) -> None:
        self._site = site
        self._history = history
        self._watch = watch
        self._off = OFF_SECONDS
        self._redis, self._postgres = threading.Lock(), threading.Lock()
        self._pool = ThreadPoolExecutor(8)
        self._running: list[Future[None]] = []
        self._victims = {"kill-api": [site.api], "kill-worker": site.workers, "kill-sweeper": [site.sweeper]}
        self._faults: dict[str, Callable[[Planned], Done]] = {
            "kill-api": self._kill,
            "kill-worker": self._kill,
            "kill-sweeper": self._kill,
            "kill-redis": self._kill_redis,
            "restart-postgres": self._restart_postgres,
            "reset": self._reset,
            "half-open": self._half_open,
            "slow": self._slow,
            "disk-full": self._fill_disk,
            "clock": self._set_clock,
        }

    def begin(self, planned: Planned) -> None:
        """Begin it; a process that is to be killed is waited for until it is at work."""
        if planned.kind in self._victims:
            until = time.monotonic() + READY_SECONDS
            while not self._victim(planned).is_ready() and time.monotonic() < until:
                time.sleep(0.2)
        self._running.append(self._pool.submit(self._carry_out, planned))

    def close(self) -> None:
        """Wait until all is over.

        Raises:
            Exception: whatever kept a fault from being done.
        """
        self._pool.shutdown()
        for each in self._running:
            each.result()

    def _carry_out(self, planned: Planned) -> None:
        target, victims, at = self._faults[planned.kind](planned)
        fault = Fault(number=planned.number, kind=planned.kind, target=target, at=at)
        self._history.note(fault)
        self._watch.watch(fault, victims)
        print(f"  {planned.number:4} {planned.kind} of {target}", flush=True)

    def _victim(self, planned: Planned) -> Member:
        members = self._victims[planned.kind]
        return members[planned.choice % len(members)]

    def _kill(self, planned: Planned) -> Done:
        """Of a worker, by the plan's choice, all or only what it has forked."""
        member = self._victim(planned)
        victim, at = member.worker, clock()
        if planned.choice // len(self._victims[planned.kind]) % 2 and member.kill_forked():
            return f"{member.name}, forked", [victim], at
        member.restart()
        return member.name, [victim], at

    def _kill_redis(self, planned: Planned) -> Done:
        with self._redis:
            at = clock()
            self._site.redis.signal(signal.SIGKILL)
            time.sleep(planned.seconds)
            self._site.redis.start()
        return "redis", [], at

    def _restart_postgres(self, planned: Planned) -> Done:
        """In turn as an operator does it, and as if it had crashed."""
        crash = planned.choice % 2 == 1
        with self._postgres:
            at = clock()
            self._site.postgres.signal(signal.SIGQUIT if crash else signal.SIGINT)
            self._site.postgres.start()
        return f"postgres, {'at once' if crash else 'fast'}", [], at

    def _reset(self, planned: Planned) -> Done:
        (member, way), at = self._connection(planned), clock()
        getattr(member, way).reset()
        return f"{member.name} to its {way}", [member.worker], at

    def _half_open(self, planned: Planned) -> Done:
        (member, way), at = self._connection(planned), clock()
        getattr(member, way).half_open()
        return f"{member.name} to its {way}", [member.worker], at

    def _slow(self, planned: Planned) -> Done:
        (member, way), at = self._connection(planned), clock()
        getattr(member, way).slow(SLOW_SECONDS)
        time.sleep(planned.seconds)
        getattr(member, way).slow(0)
        return f"{member.name} to its {way}", [], at

    def _fill_disk(self, planned: Planned) -> Done:
        at = clock()
        self._site.disk.fill()
        time.sleep(planned.seconds)
        self._site.disk.free()
        return "blobs", [], at

    def _set_clock(self, planned: Planned) -> Done:
        """Ten minutes before the right time and ten minutes behind it, in turn."""
        del planned
        self._off = -self._off
        self._site.clock.set(self._off)
        return f"worker-with-wrong-clock, {self._off:+d} s", [], clock()

    def _connection(self, planned: Planned) -> tuple[Member, str]:
        ways = [(member, way) for member in self._site.members for way in ("database", "broker")]
        return random.Random(planned.choice).choice(ways)
