"""One run of the engine: whatever ends it, nothing of it is left."""

import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fake_vllm import FakeVllm
from tests.support.living import is_alive
from tests.support.servers import free_port
from tests.support.waiting import until
from workers.gpu.command import Command, Place, serve_command
from workers.gpu.engine import Engine
from workers.gpu.presets import CPU


def command(fake: FakeVllm) -> Command:
    return serve_command(CPU, Place(vllm=str(fake.program), model=fake.model, port=free_port()))


def test_a_stopped_engine_is_gone_with_its_children(fake: FakeVllm):
    engine = Engine(command(fake))
    until(lambda: "Application startup complete." in engine.last_words)
    assert len(fake.alive) == 2
    engine.stop()
    assert engine.exit_status == 128 + signal.SIGTERM
    assert fake.alive == []


def test_a_deaf_engine_is_killed_after_the_grace(fake: FakeVllm):
    fake.behave(deaf=True)
    engine = Engine(command(fake), grace_seconds=0.5)
    until(lambda: "Application startup complete." in engine.last_words)
    engine.stop()
    assert engine.exit_status == 128 + signal.SIGKILL
    assert fake.alive == []


def test_what_an_engine_that_ended_by_itself_leaves_behind_is_ended_too(fake: FakeVllm):
    fake.behave(exit_at_start=3)
    engine = Engine(command(fake))
    assert engine.wait(60)
    assert engine.exit_status == 3
    assert len(fake.pids) == 2
    assert fake.alive == []
    engine.stop()
    assert engine.last_words == ["loading the model", "torch.OutOfMemoryError: CUDA out of memory"]


def test_an_engine_that_was_killed_tells_its_signal_and_its_children_go(fake: FakeVllm):
    engine = Engine(command(fake))
    until(lambda: len(fake.pids) == 2)
    os.kill(fake.pids[0], signal.SIGKILL)
    assert engine.wait(60)
    assert engine.exit_status == 128 + signal.SIGKILL
    assert fake.alive == []
    engine.stop()


def test_a_program_that_is_none_ends_at_once_and_says_so(tmp_path: Path, fake: FakeVllm):
    fake.program.unlink()
    engine = Engine(command(fake))
    assert engine.wait(60)
    assert engine.exit_status == 127
    engine.stop()
    assert "cannot be started: No such file or directory" in engine.last_words[0]


HALF_ENDED = """
import ctypes, os, threading, time
child = os.fork()
if child:
    while b") Z" not in open(f"/proc/{child}/stat", "rb").read():  # what it comes from ends once it is half ended
        time.sleep(0.01)
    os._exit(0)
threading.Thread(target=time.sleep, args=(600,)).start()
with open(PIDS, "w") as file:
    file.write(str(os.getpid()))
ctypes.CDLL(None).syscall(EXIT_OF_ONE_THREAD, 0)
"""


def test_a_process_whose_first_thread_has_ended_is_ended_and_let_go(fake: FakeVllm, tmp_path: Path):
    """Its state is a zombie's while it runs on; and once it is killed, it is the warden who has to wait for it."""
    pids = tmp_path / "half-ended"
    number = {"x86_64": 60, "aarch64": 93}[platform.machine()]
    body = HALF_ENDED.replace("PIDS", repr(str(pids))).replace("EXIT_OF_ONE_THREAD", str(number))
    fake.program.write_text(f"#!{sys.executable}\n{body}", encoding="utf-8")
    engine = Engine(command(fake), grace_seconds=0.5)
    until(lambda: pids.exists() and pids.read_text(encoding="ascii") != "")
    assert engine.wait(60)
    assert not Path(f"/proc/{pids.read_text(encoding='ascii')}").exists()
    engine.stop()


SUPERVISING = """
import sys, time
from pathlib import Path
from workers.gpu.command import Place, serve_command
from workers.gpu.engine import Engine
from workers.gpu.presets import CPU
Engine(serve_command(CPU, Place(vllm=sys.argv[1], model=Path(sys.argv[2]), port=int(sys.argv[3]))), 0.5)
time.sleep(600)
"""


@pytest.mark.parametrize("deaf", [False, True])
def test_nothing_survives_a_supervisor_that_was_killed(fake: FakeVllm, deaf: bool):
    fake.behave(deaf=deaf)
    place = [str(fake.program), str(fake.model), str(free_port())]
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISING, *place])
    try:
        until(lambda: len(fake.alive) == 2)
    finally:
        supervisor.kill()
        supervisor.wait()
    until(lambda: not fake.alive)


def test_an_engine_goes_with_its_warden(fake: FakeVllm):
    """At least the direct child: the kernel kills it when the warden is killed."""
    engine = Engine(command(fake))
    until(lambda: len(fake.pids) == 2)
    os.kill(engine.pid, signal.SIGKILL)
    until(lambda: not is_alive(fake.pids[0]))
    os.kill(fake.pids[1], signal.SIGKILL)  # the stand-in's, in a session of its own, has lost its last guard
    engine.stop()
