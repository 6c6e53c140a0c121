"""Nothing leaves the machine: upload to answer in a network namespace, with every attempt to leave it counted."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers import missing

ROOT = Path(__file__).parents[2]


@pytest.mark.linux
def test_upload_to_answer_connects_nowhere_and_looks_up_no_name(tmp_path: Path) -> None:
    if shutil.which("ip") is None or shutil.which("unshare") is None:
        missing("iproute2 or util-linux")
    unshare = ["unshare", "--net", "--mount", "--map-root-user"]
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("this kernel gives no network namespaces to this user")
    run = subprocess.run(
        [*unshare, sys.executable, "-m", "tests.support.private", str(tmp_path / "data")],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    seen = json.loads(run.stdout.splitlines()[-1])
    assert seen["statuses"] == ["succeeded", "succeeded"]
    assert seen["answered"]
    assert "twenty-four months" in seen["text"]
    assert seen["control"] > 0, "the counter does not count"
    assert seen["attempts"] == 0
