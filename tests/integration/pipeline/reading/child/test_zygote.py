"""The warm process: fit to be forked, and gone when its parent is."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from pipeline.reading.child.sandbox import Sandbox
from pipeline.settings import Sandbox as Limits
from tests.support.living import is_alive


def test_it_ends_with_its_children_when_the_parent_is_killed():
    program = """
        from pipeline.reading.child.sandbox import Sandbox
        from pipeline.settings import Sandbox as Limits
        sandbox = Sandbox(Limits(), ["pipeline.reading.child.probes"])
        tell = lambda share: print(sandbox._warm.pid, round(share * 2**32), flush=True)
        sandbox.run("pipeline.reading.child.probes:stall", None, {}, progress=tell)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE) as parent:
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert all(Path(f"/proc/{pid}").exists() for pid in pids)
        os.kill(parent.pid, signal.SIGKILL)
    until = time.monotonic() + 60
    while any(is_alive(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.01)
    assert not [pid for pid in pids if is_alive(pid)]


@pytest.fixture
def sandbox():
    sandbox = Sandbox(Limits(), ["numpy", "pipeline.reading.child.probes"])
    yield sandbox
    sandbox.close()


def test_it_sees_nothing_of_the_services_environment_and_working_folder(sandbox, monkeypatch, tmp_path):
    monkeypatch.setenv("SHEAF_SECRET", "do not pass on")
    (tmp_path / "numpy.py").write_text("raise SystemExit('hostile module imported')")
    monkeypatch.chdir(tmp_path)
    assert sandbox.run("pipeline.reading.child.probes:echo", None, {}) == b"{}"
    zygote = Path(f"/proc/{sandbox._warm.pid}")
    assert b"do not pass on" not in (zygote / "environ").read_bytes()
    assert (zygote / "cwd").readlink() == Path("/")


@pytest.mark.linux
def test_it_has_one_thread_with_everything_loaded():
    sandbox = Sandbox(Limits())
    try:
        sandbox.run("pipeline.reading.child.probes:echo", None, {})
        assert sandbox._warm.threads == 1
    finally:
        sandbox.close()


def test_what_cannot_be_loaded_is_left_for_the_child_that_needs_it():
    sandbox = Sandbox(Limits(), ["no_such_module", "pipeline.reading.child.probes"])
    try:
        assert sandbox.run("pipeline.reading.child.probes:echo", None, {}) == b"{}"
    finally:
        sandbox.close()
