"""A worker that is killed is forked anew from what was loaded once, with the parsers that were loaded once."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.living import is_alive
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a worker is not forked")

WORKER = """
import json
import logging
import json
import os
import sys
import threading

from pipeline.reading.child.sandbox import Sandbox
from pipeline.settings import Sandbox as Limits
from workers.backoff import RestartPolicy
from workers.prefork import prefork
from workers.stopping import stop_event

logging.basicConfig(level="INFO")
sandbox = Sandbox(Limits(), ["pipeline.reading.child.probes"])
sandbox.start()
try:
    prefork(sandbox, RestartPolicy(base_seconds=0.01, max_crashes=3, stable_seconds=float(sys.argv[1])))
except SystemExit:
    sandbox.close()
    raise
stop = stop_event()
answer = sandbox.run("pipeline.reading.child.probes:echo", None, {"its": os.getpid()})
warm = sandbox._warm
print(json.dumps([json.loads(answer)["its"], warm.pid, str(warm.scratch)]), flush=True)
if "work" in sys.argv:
    threading.Thread(target=sandbox.run, args=("pipeline.reading.child.probes:stall", None, {}), daemon=True).start()
if "refuse" in sys.argv:
    sys.exit(2)
stop.wait()
sandbox.close()
"""
STABLE, UNSTABLE = "0", "600"


class Told(NamedTuple):
    """What a worker says of itself."""

    pid: int
    zygote: int
    scratch: Path


class Kept:
    """The process that forks workers."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self._log = log
        with log.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", WORKER, *arguments], stdout=subprocess.PIPE, stderr=errors, text=True
            )

    def told(self) -> Told:
        """By the next worker."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"it has ended with {self.process.wait()}:\n{self.said()}"
        pid, zygote, scratch = json.loads(line)
        return Told(pid, zygote, Path(scratch))

    def said(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def wait(self) -> int:
        return self.process.wait(30)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Kept]]:
    started: list[Kept] = []

    def begin(*arguments: str) -> Kept:
        started.append(Kept(tmp_path / "log", *arguments))
        return started[-1]

    yield begin
    for kept in started:
        kept.process.kill()
        kept.process.wait()
        kept.process.stdout.close()


def test_a_killed_worker_is_followed_by_another_with_the_same_parsers(start) -> None:
    kept = start(STABLE, "work")
    first = kept.told()
    assert first.pid != kept.process.pid
    until(lambda: list(first.scratch.iterdir()))  # of its call, which its end leaves behind
    left = list(first.scratch.iterdir())
    os.kill(first.pid, signal.SIGKILL)
    second = kept.told()
    assert second.pid != first.pid
    assert second.zygote == first.zygote
    assert not [folder for folder in left if folder.exists()]
    assert f"worker {first.pid} was ended by signal 9 (Killed)" in kept.said()


def test_parsers_that_are_gone_are_loaded_for_the_next_worker(start) -> None:
    kept = start(STABLE)
    first = kept.told()
    os.kill(first.zygote, signal.SIGKILL)
    until(lambda: not is_alive(first.zygote))
    os.kill(first.pid, signal.SIGKILL)
    second = kept.told()
    assert second.zygote != first.zygote
    kept.process.terminate()
    assert kept.wait() == 0
    assert not is_alive(second.zygote)
    assert not second.scratch.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_being_told_to_stop_is_passed_on(start, number: signal.Signals) -> None:
    kept = start(STABLE, "work")
    worker = kept.told()
    kept.process.send_signal(number)
    assert kept.wait() == 0
    assert f"stopping: {number.name}" in kept.said()
    assert not is_alive(worker.pid)
    assert not is_alive(worker.zygote)
    assert not worker.scratch.exists()


def test_a_worker_that_ends_by_itself_ends_the_other_with_its_status(start) -> None:
    kept = start(STABLE, "refuse")
    worker = kept.told()
    assert kept.wait() == 2
    assert not is_alive(worker.zygote)


def test_workers_that_are_killed_one_after_another_are_not_forked_for_ever(start) -> None:
    kept = start(UNSTABLE)
    for _ in range(3):
        os.kill(kept.told().pid, signal.SIGKILL)
    assert kept.wait() == 128 + signal.SIGKILL
    assert "3 in a row; no other worker is forked" in kept.said()


def test_a_worker_dies_with_the_process_that_forked_it(start) -> None:
    kept = start(STABLE, "work")
    worker = kept.told()
    kept.process.kill()
    kept.wait()
    until(lambda: not is_alive(worker.pid) and not is_alive(worker.zygote))
