"""Keeps the engine up: starts it, waits for its health, watches it, starts it again after a crash."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from workers.backoff import RestartPolicy
from workers.gpu.command import Command
from workers.gpu.engine import GRACE_SECONDS, Engine
from workers.gpu.figures import EngineFigures, Totals
from workers.gpu.probe import Probe, port_taken

log = logging.getLogger("sheaf.gpu")

State = Literal["starting", "healthy", "ill", "down", "failed", "stopped"]
"""`ill`: it runs and does not answer as it should. `down`: it waits for its next start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """How patient we are, in seconds."""

    start: float = 1800.0
    """From the start to health; a few hundred gigabytes are read, and kernels compiled."""
    poll: float = 1.0
    answer: float = 5.0
    """For one look."""
    hang: float = 60.0
    """Without health while it runs, after which it is ended and started again."""
    progress: float = 10.0
    """Between two lines about a start."""
    grace: float = GRACE_SECONDS
    """Between SIGTERM and SIGKILL."""


class Supervisor:
    """One engine, run by a thread."""

    def __init__(
        self,
        command: Command,
        policy: RestartPolicy | None = None,
        timing: Timing | None = None,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        """`lost` is called each time a healthy engine is gone."""
        self._command = command
        self._policy = policy or RestartPolicy()
        self._timing = timing or Timing()
        self._lost = lost
        self._state: State = "down"
        self._doubts = 0
        self._lock = threading.Lock()
        self._figures: EngineFigures | None = None
        self._totals = Totals()
        self._starts = 0
        self._last_words: list[str] = []
        self._ended = threading.Event()
        self._failed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sheaf-engine", daemon=True)

    @property
    def url(self) -> str:
        """Where the engine answers."""
        return self._command.url

    @property
    def state(self) -> State:
        """How the engine is."""
        return self._state

    @property
    def healthy(self) -> bool:
        """Whether work may be sent."""
        return self._state == "healthy"

    @property
    def figures(self) -> EngineFigures | None:
        """The last look; `None` while it is not healthy or does not tell."""
        return self._figures if self.healthy else None

    @property
    def totals(self) -> dict[str, float]:
        """The engine's counters over all its starts."""
        return self._totals.totals()

    @property
    def restarts(self) -> int:
        """Starts after the first."""
        return max(0, self._starts - 1)

    @property
    def last_words(self) -> list[str]:
        """What the engine said before it ended last."""
        return list(self._last_words)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End the engine, and wait until it is gone."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def wait_failed(self, seconds: float) -> bool:
        """Wait so long at most; whether the engine was given up."""
        return self._failed.wait(seconds)

    def doubt(self) -> None:
        """A request has failed: not healthy until a look that begins from now on says so."""
        with self._lock:
            self._doubts += 1
            if self._state == "healthy":
                self._state = "ill"

    def _run(self) -> None:
        crashes = 0
        while not self._ended.is_set():
            healthy_seconds = self._live()
            if self._ended.is_set():
                break
            crashes = 1 if healthy_seconds >= self._policy.stable_seconds else crashes + 1
            pause = self._policy.pause(crashes)
            if pause is None:
                log.error("the engine ended %d times in a row; it is not started again", crashes)
                self._state = "failed"
                self._failed.set()
                return
            log.warning("the engine is started again in %.1f s", pause)
            self._ended.wait(pause)
        self._state = "stopped"

    def _live(self) -> float:
        """One life of the engine, however it ends; how many seconds of it it was healthy."""
        if port_taken(self._command.url):
            self._last_words = [f"something else listens at {self._command.url}"]
            log.error(self._last_words[0])
            return 0.0
        self._starts += 1
        self._totals.restart()
        self._state = "starting"
        engine = Engine(self._command, self._timing.grace)
        log.info("engine started: warden %d, %s", engine.pid, self._command.url)
        came_up = None
        try:
            with Probe(self._command.url, self._timing.answer) as probe:
                if self._await_health(engine, probe):
                    came_up = time.monotonic()
                    self._watch(engine, probe)
        finally:
            self._state = "down"
            if came_up is not None:
                self._lost()
            engine.stop()
            self._last_words = engine.last_words
        return time.monotonic() - came_up if came_up is not None else 0.0

    def _await_health(self, engine: Engine, probe: Probe) -> bool:
        began = told = time.monotonic()
        while not engine.wait(min(self._timing.poll, 1.0)) and not self._ended.is_set():
            if self._look(engine, probe):
                log.info("engine healthy after %.0f s", time.monotonic() - began)
                return True
            now = time.monotonic()
            if now - began > self._timing.start:
                log.error("the engine is not healthy after %.0f s", now - began)
                return False
            if now - told >= self._timing.progress:
                told = now
                last = (engine.last_words or ["nothing"])[-1][:120]
                log.info(
                    "engine starting: %.0f s of at most %.0f s; it says: %s", now - began, self._timing.start, last
                )
        self._tell_end(engine)
        return False

    def _watch(self, engine: Engine, probe: Probe) -> None:
        well = time.monotonic()
        while not engine.wait(self._timing.poll) and not self._ended.is_set():
            if self._look(engine, probe):
                well = time.monotonic()
            elif time.monotonic() - well > self._timing.hang:
                log.error("the engine runs, and was not healthy for %.0f s: ending it", time.monotonic() - well)
                return
        self._tell_end(engine)

    def _look(self, engine: Engine, probe: Probe) -> bool:
        with self._lock:
            doubts = self._doubts
        healthy = probe.healthy() and engine.exit_status is None
        figures = probe.figures() if healthy else None
        with self._lock:
            self._figures = figures
            if figures is not None:
                self._totals.observe(figures)
            if healthy and doubts == self._doubts:
                self._state = "healthy"
            elif self._state == "healthy":
                self._state = "ill"
        return healthy

    def _tell_end(self, engine: Engine) -> None:
        if engine.exit_status is not None:
            log.error("the engine ended with status %d", engine.exit_status)
