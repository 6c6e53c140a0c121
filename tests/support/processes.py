"""The processes of a service that runs as several: `sheaf api`, `sheaf worker`, `sheaf sweeper`."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from pipeline.access.keys import new_key
from tests.support.embedding_graph import lend_graph
from tests.support.servers import free_port


class Process:
    """One `sheaf …` that answers `/health/…` on a port of its own."""

    def __init__(self, folder: Path, environment: dict[str, str], *arguments: str) -> None:
        self.port = free_port()
        own = "--port" if arguments[0] == "api" else "--health-port"
        self._command = [sys.executable, "-m", "api.cli.main", *arguments, own, str(self.port)]
        self._environment = environment
        self.log = folder / f"{arguments[0]}-{self.port}.log"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=environment, stdout=log, stderr=log)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def status(self, path: str) -> int | None:
        """Of a health route; `None` while nobody answers."""
        try:
            return httpx.get(f"{self.url}{path}", timeout=30).status_code
        except httpx.TransportError:
            return None

    def wait_ready(self, seconds: float = 180.0) -> None:
        deadline = time.monotonic() + seconds
        while self.status("/health/ready") != httpx.codes.OK:
            assert self._process.poll() is None, f"it ended with {self._process.returncode}:\n{self.tail()}"
            assert time.monotonic() < deadline, f"it is not ready after {seconds:g} s:\n{self.tail()}"
            time.sleep(0.1)

    def wait(self, seconds: float) -> int:
        return self._process.wait(seconds)

    def kill(self) -> None:
        """Kill -9, and nothing else."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(60)

    def terminate(self) -> None:
        self._process.terminate()

    def tail(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:])


class Topology:
    """Processes with the same settings; all that still run are killed at the end."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.key = new_key().text
        self._folder = folder
        lend_graph(folder / "data")
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SHEAF_")},
            "SHEAF_DATA_DIR": str(folder / "data"),
            "SHEAF_ACCESS__BOOTSTRAP_KEY": self.key,
            "SHEAF_TRANSCRIBER__KIND": "none",
            **settings,
        }
        self.processes: list[Process] = []

    def __enter__(self) -> "Topology":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.kill()

    def start(self, *arguments: str) -> Process:
        process = Process(self._folder, self._environment, *arguments)
        self.processes.append(process)
        return process

    def client(self, api: Process) -> httpx.Client:
        return httpx.Client(base_url=api.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=150)
