"""A real service in a process of its own, for acceptance tests."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from pipeline.access.keys import new_key
from tests.support.embedding_graph import lend_graph
from tests.support.servers import free_port

READY_SECONDS = 180.0
"""A first start takes five seconds, and many times that where ten others want the processors."""


class Service:
    """`sheaf up` on a free port over a data folder that outlives it."""

    def __init__(self, data_dir: Path, *, graph: bool = True, **settings: str) -> None:
        """Without `graph` it builds the embedding model's graph itself, as at every first start."""
        self.data_dir = data_dir
        self._graph = graph
        self.port = free_port()
        self.key = new_key().text
        self.log = data_dir / "service.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SHEAF_")},
            "SHEAF_DATA_DIR": str(data_dir),
            "SHEAF_HTTP__PORT": str(self.port),
            "SHEAF_ACCESS__BOOTSTRAP_KEY": self.key,
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if self._graph:
            lend_graph(self.data_dir)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api.cli.main", "up"],
                env=self._environment,
                stdout=log,
                stderr=log,
                cwd=self.data_dir,
            )

    def wait_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                raise AssertionError(f"the service ended with {self._process.returncode}:\n{self.tail()}")
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=30).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the service is not ready after {READY_SECONDS} s:\n{self.tail()}")

    def tail(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:])

    def kill(self) -> None:
        """Kill -9, and nothing else."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(60)

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(120)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"the service did not stop:\n{self.tail()}") from None
        return self._process.returncode

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=150)


@contextmanager
def running(data_dir: Path, *, graph: bool = True, **settings: str) -> Iterator[Service]:
    service = Service(data_dir, graph=graph, **settings)
    service.start()
    try:
        service.wait_ready()
        yield service
    finally:
        service.stop()


def upload(client: httpx.Client, name: str, content: bytes, **fields: str) -> httpx.Response:
    headers = {"Idempotency-Key": fields.pop("idempotency_key")} if "idempotency_key" in fields else {}
    return client.post("/v1/documents", files={"file": (name, content)}, data=fields, headers=headers)


def finished(client: httpx.Client, job_id: str, seconds: float = 180.0) -> dict[str, Any]:
    """The job once it has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job: dict[str, Any] = client.get(f"/v1/jobs/{job_id}").raise_for_status().json()
        if job["status"] in {"succeeded", "partial", "failed", "cancelled"}:
            return job
        time.sleep(0.1)
    raise AssertionError(f"job {job_id} has not ended after {seconds} s: {job}")
