"""A real service for benches: `sheaf up` in a process and a data folder of its own, watched from outside."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from bench.servers import free_port
from pipeline.access.keys import new_key

READY_SECONDS = 180.0
STOP_SECONDS = 30.0
SAMPLE_SECONDS = 0.2


class Service:
    """A running service; when it exits although nobody asked it to, that is counted and it is started again."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self.key = new_key().text
        self.exits = 0
        self.memory = MemoryWatch()
        self._settings = dict(settings)
        self._lock = threading.Lock()
        self._log = (folder / "service.log").open("ab")
        self._process = self._start()

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        return self._process.pid

    def client(self) -> httpx.Client:
        """A client with the key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)

    def wait_until_ready(self) -> None:
        """Until `/health/ready` says yes.

        Raises:
            TimeoutError: it does not.
        """
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            self.restart_if_gone()
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=5, trust_env=False).is_success:
                    return
            except httpx.TransportError:
                pass  # it does not listen yet
            time.sleep(0.1)
        raise TimeoutError(f"the service was not ready within {READY_SECONDS} s:\n{self.log_end()}")

    def restart_if_gone(self) -> None:
        """Count an exit and start the service again on the same data."""
        with self._lock:
            if self._process.poll() is not None:
                self.exits += 1
                if self.exits > 5:
                    raise RuntimeError(f"the service does not stay up:\n{self.log_end()}")
                self._process = self._start()

    def log_end(self) -> str:
        """The last lines it logged."""
        log = self.folder / "service.log"
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])

    def stop(self) -> None:
        """As an operator would; then by force."""
        self.memory.stop()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._log.close()

    def _start(self) -> subprocess.Popen[bytes]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SHEAF_")}
        own = {
            "SHEAF_DATA_DIR": str(self.folder / "data"),
            "SHEAF_HTTP__HOST": "127.0.0.1",
            "SHEAF_HTTP__PORT": self.url.rpartition(":")[2],
            "SHEAF_ACCESS__BOOTSTRAP_KEY": self.key,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli.main", "up"],
            env=inherited | own | self._settings,
            cwd=Path(__file__).parents[1],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        self.memory.watch(process.pid)
        return process


class MemoryWatch:
    """Samples how much memory the service and all its children have resident."""

    def __init__(self) -> None:
        self.service_start = 0
        """Of the service process alone, in bytes, when it was first ready."""
        self.service_worst = 0
        self.tree_worst = 0
        """Of the service and its children, pages they share counted for each of them in part (PSS)."""
        self._pid = 0
        self._stopped = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def watch(self, pid: int) -> None:
        """From now on this process."""
        self._pid = pid

    def mark_start(self) -> None:
        """What the service holds now is where growth is counted from."""
        self.service_start = self.service_worst = resident_bytes(self._pid)

    def stop(self) -> None:
        """No more samples."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(SAMPLE_SECONDS):
            self.service_worst = max(self.service_worst, resident_bytes(self._pid))
            self.tree_worst = max(self.tree_worst, sum(proportional_bytes(pid) for pid in tree(self._pid)))


def tree(root: int) -> list[int]:
    """The process and everything below it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue  # it has just ended
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def resident_bytes(pid: int) -> int:
    """RSS, 0 when the process is gone."""
    return _kilobytes(Path(f"/proc/{pid}/status"), "VmRSS:")


def proportional_bytes(pid: int) -> int:
    """PSS, 0 when the process is gone."""
    return _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def _kilobytes(file: Path, name: str) -> int:
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), 0)
