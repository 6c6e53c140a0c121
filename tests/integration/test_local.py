"""`deploy/local` with stand-ins for what it starts: what ends, what is left, and what it refuses to begin with."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.living import is_alive
from tests.support.waiting import until

LOCAL = Path(__file__).parents[2] / "deploy" / "local"
SECONDS = 30
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start it in a session of its own; a stand-in notes its process id by what it was asked for."""
    program = tmp_path / "sheaf"
    program.write_text('#!/bin/sh\necho $$ >> "$NOTES/$1"\n[ "$1" != "$FAILS" ] || exit 3\nexec sleep 600\n')
    program.chmod(0o755)
    started: list[subprocess.Popen[str]] = []

    def run(**variables: str) -> "subprocess.Popen[str]":
        given = {"PATH": os.environ["PATH"], "NOTES": str(tmp_path), "SHEAF": str(program), "FAILS": "", **variables}
        process = subprocess.Popen([LOCAL], env=given, stderr=subprocess.PIPE, text=True, start_new_session=True)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
    for pid in pids(tmp_path):
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)
    for process in started:
        process.communicate()  # ends once nobody holds the other end of standard error


def pids(folder: Path) -> list[int]:
    """Of all stand-ins that have started."""
    notes = [folder / name for name in ("api", "worker", "sweeper")]
    return [int(line) for note in notes if note.exists() for line in note.read_text().split()]


REDIS = {"SHEAF_DOORBELL__URL": "redis://127.0.0.1:1/0"}
"""One that somebody else has started."""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_in_order(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    process = start(**REDIS, WORKERS="3")
    until(lambda: len(pids(tmp_path)) == 5, SECONDS)
    process.send_signal(number)
    assert process.wait(SECONDS) == 0
    assert [pid for pid in pids(tmp_path) if is_alive(pid)] == []


def test_one_that_fails_ends_the_rest_with_its_status(start: Start, tmp_path: Path) -> None:
    process = start(**REDIS, FAILS="sweeper")
    assert process.wait(SECONDS) == 3
    assert [pid for pid in pids(tmp_path) if is_alive(pid)] == []


def test_it_starts_nothing_beside_a_redis_of_somebody_else(start: Start, tmp_path: Path) -> None:
    redis = tmp_path / "redis-server"
    redis.write_text("#!/bin/sh\nexec sleep 600\n")
    redis.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        process = start(REDIS_PORT=str(port), PATH=f"{tmp_path}:{os.environ['PATH']}")
        assert process.wait(SECONDS) == 2
    assert process.stderr is not None
    assert f"port {port} is taken" in process.stderr.read()
    assert pids(tmp_path) == []


def test_a_program_that_is_not_there_is_named(start: Start) -> None:
    process = start(SHEAF="/nowhere/sheaf")
    assert process.wait(SECONDS) == 2
    assert process.stderr is not None
    assert "/nowhere/sheaf" in process.stderr.read()
