"""How a process of several starts."""

import subprocess
import sys

import pytest

CODE = """
import os
from pathlib import Path
from typer.testing import CliRunner
import workers.roles

before = os.getpriority(os.PRIO_PROCESS, 0)

def stopped(*_):
    raise SystemExit(3)

workers.roles.worker_queues = stopped
from api.cli.main import app
assert CliRunner().invoke(app, ["worker"]).exit_code == 3
print({os.getpriority(os.PRIO_PROCESS, int(task.name)) - before for task in Path("/proc/self/task").iterdir()})
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_a_worker_loads_at_a_low_priority_that_no_thread_keeps() -> None:
    ran = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert ran.stdout == "{0}\n", ran.stderr
