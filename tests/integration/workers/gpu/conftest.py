from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.fake_vllm import FakeVllm
from tests.support.servers import free_port
from workers.backoff import RestartPolicy
from workers.gpu.command import Place, serve_command
from workers.gpu.presets import CPU
from workers.gpu.supervisor import Supervisor, Timing

QUICK = Timing(start=60, poll=0.05, answer=20, hang=60, progress=0.2, grace=10)
"""Looks often. Where a test does not ask for less patience, an engine that is slow is not taken for one that hangs."""


@pytest.fixture
def fake(tmp_path: Path) -> FakeVllm:
    return FakeVllm(tmp_path)


@pytest.fixture
def supervise(fake: FakeVllm) -> Iterator[Callable[..., Supervisor]]:
    """Start a supervisor over the stand-in; each is closed at the end, and nothing may be left of its engine."""
    started: list[Supervisor] = []

    def start(timing: Timing = QUICK, max_crashes: int = 5, lost: Callable[[], None] = lambda: None) -> Supervisor:
        command = serve_command(CPU, Place(vllm=str(fake.program), model=fake.model, port=free_port()))
        policy = RestartPolicy(base_seconds=0.1, max_crashes=max_crashes)
        started.append(Supervisor(command, policy, timing, lost))
        started[-1].start()
        return started[-1]

    yield start
    for supervisor in started:
        supervisor.close()
    assert fake.alive == []
