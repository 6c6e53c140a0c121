"""What is loaded while a process starts is loaded at a low priority, and nothing after it is."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipeline.giving_way import NICENESS, giving_way

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
GROUP = Path("/proc/self/autogroup")

LEADER = """
import os, pathlib
from pipeline.giving_way import giving_way
group = pathlib.Path("/proc/self/autogroup")
print(group.read_text().split()[-1])
giving_way(lambda: print(group.read_text().split()[-1]))
print(group.read_text().split()[-1], len(os.listdir("/proc/self/task")))
"""


def priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@linux
def test_it_runs_at_a_low_priority_in_a_thread_that_is_gone_afterwards() -> None:
    before, seen, tasks = priority(), list[int](), set(Path("/proc/self/task").iterdir())
    giving_way(lambda: seen.append(priority()))
    assert seen == [max(before, NICENESS)]
    assert priority() == before
    assert set(Path("/proc/self/task").iterdir()) <= tasks


def test_what_it_raises_is_raised() -> None:
    def load() -> None:
        raise ImportError("no such library")

    with pytest.raises(ImportError, match="no such library"):
        giving_way(load)


@linux
def test_one_that_is_lower_already_stays_so() -> None:
    code = "from tests.unit.pipeline.test_giving_way import *; giving_way(lambda: print(priority())); print(priority())"
    ran = subprocess.run(["nice", "-n", "15", sys.executable, "-c", code], capture_output=True, text=True, check=True)
    wanted = str(min(19, priority() + 15))
    assert ran.stdout.split() == [wanted, wanted]


@pytest.mark.skipif(not GROUP.exists(), reason="this kernel does not schedule sessions as groups")
@pytest.mark.parametrize(("leads", "meanwhile"), [(True, str(NICENESS)), (False, "0")])
def test_a_process_that_leads_a_session_lowers_that_too_and_one_that_shares_it_does_not(
    *, leads: bool, meanwhile: str
) -> None:
    follower = ["-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {LEADER!r}], check=True)"]
    ran = subprocess.run(
        [sys.executable, *(["-c", LEADER] if leads else follower)],
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
    )
    assert ran.stdout.split() == ["0", meanwhile, "0", "1"]
