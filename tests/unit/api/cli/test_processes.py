"""How a process of several starts."""

import subprocess
import sys

import pytest

CODE = """
from pathlib import Path
from typer.testing import CliRunner
import workers.roles

def stopped(*_):
    raise SystemExit(3)

workers.roles.worker_queues = stopped
from api.cli.main import app
assert CliRunner().invoke(app, ["worker"]).exit_code == 3
print(len(list(Path("/proc/self/task").iterdir())))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a worker is not forked, and threads are not told")
def test_a_worker_has_one_thread_when_all_is_loaded_that_is_forked() -> None:
    ran = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert ran.stdout == "1\n", ran.stderr
