"""A process beside the API: a worker on some queues, or one that only sweeps."""

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from http import HTTPStatus

from pipeline.health import PARTS, check_part
from pipeline.jobs.doorbell import Queue
from pipeline.reading.child.sandbox import Sandbox
from pipeline.services import Services
from pipeline.settings import Settings
from pipeline.stores.absent import AbsentVectors
from workers.answering import Answer, StatusServer
from workers.bootstrap import build, close
from workers.logs import configure
from workers.prefork import prefork
from workers.roles import check_shared, for_queues, for_sweeper
from workers.runner import Runner
from workers.stopping import stop_event

log = logging.getLogger("sheaf.workers")

PARSERS_SECONDS = 60.0
PARSERS_LOOK_SECONDS = 0.5

KEEP_SECONDS = 2.0
"""How long a readiness is told again: whoever asks causes no more work than this."""


class Condition:
    """How a process is, by the paths that the API has for it."""

    def __init__(self, services: Services, runner: Runner) -> None:
        self._services = services
        self._runner = runner
        absent = {"vectors": isinstance(services.vectors, AbsentVectors), "sandbox": not services.sandbox.started}
        self._parts = [part for part in PARTS if not absent.get(part)]
        self._looking = threading.Lock()
        self._looked_at = float("-inf")
        self._wrong: list[str] = []

    def answer(self, path: str) -> Answer:
        """`/health/live`: its loops go round. `/health/ready`: what it needs works."""
        if path == "/health/live":
            return _answer([f"{name}: stands still" for name in self._runner.stalled()])
        if path == "/health/ready":
            return _answer(self._unready())
        return HTTPStatus.NOT_FOUND, "not found\n"

    def _unready(self) -> list[str]:
        with self._looking:
            if time.monotonic() - self._looked_at > KEEP_SECONDS:
                found = {part: check_part(self._services, part) for part in self._parts}
                self._wrong = [f"{part}: {problem}" for part, problem in found.items() if problem is not None]
                self._looked_at = time.monotonic()
            return self._wrong


def work_forked(settings: Settings, queues: Sequence[Queue], address: tuple[str, int] | None = None) -> None:
    """Work on the queues as `work` does, in a process forked from this one: see `prefork`.

    Raises:
        SettingsError: as `work`.
        SystemExit: in this process, with the status of the forked one.
    """
    _begin(settings)
    sandbox = Sandbox(settings.sandbox)
    with ExitStack() as closing:
        closing.callback(sandbox.close)
        sandbox.start()
        prefork(sandbox)
        _work(settings, queues, address, sandbox)


def work(settings: Settings, queues: Sequence[Queue], address: tuple[str, int] | None = None) -> None:
    """Work on the queues until SIGTERM or SIGINT, then give back what takes too long; with no queues, only sweep.

    `address` is where `/health/live` and `/health/ready` are answered.

    Raises:
        SettingsError: the settings cannot be worked with, or the address is taken.
    """
    _begin(settings)
    _work(settings, queues, address, None)


def _begin(settings: Settings) -> None:
    configure(settings.log_level, settings.log_format)
    check_shared(settings)


def _work(
    settings: Settings, queues: Sequence[Queue], address: tuple[str, int] | None, sandbox: Sandbox | None
) -> None:
    stop = stop_event()
    taken = for_queues(settings, queues) if queues else for_sweeper(settings)
    process = build(taken, owns_index=False, sandbox=sandbox)
    with ExitStack() as closing:
        closing.callback(close, process.services)
        if queues:
            await_parsers(process.services, stop)
        runner = Runner(process.services, process.app, process.slots, None)
        if address is not None:
            server = StatusServer(Condition(process.services, runner).answer, *address)
            closing.callback(server.close)
            server.start()
        closing.callback(runner.close)
        runner.start()
        stop.wait()


def await_parsers(services: Services, stop: threading.Event) -> None:
    """Until a child finds its libraries loaded: what is claimed before waits, and another could have had it."""
    until = time.monotonic() + PARSERS_SECONDS
    while not services.sandbox.loaded(PARSERS_LOOK_SECONDS) and not stop.is_set():
        if time.monotonic() > until:
            log.warning("the parsers are not loaded after %g s; work begins without", PARSERS_SECONDS)
            return


def _answer(wrong: Sequence[str]) -> Answer:
    if wrong:
        return HTTPStatus.SERVICE_UNAVAILABLE, "".join(f"{line}\n" for line in wrong)
    return HTTPStatus.OK, "ok\n"
