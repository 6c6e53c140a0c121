"""A real `sheaf gpu-worker` in a process of its own, beside a real service."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.servers import free_port


class GpuWorker:
    """Works on the queue `infer` of a data folder with an engine of its own."""

    def __init__(
        self,
        data_dir: Path,
        program: Path,
        model: Path,
        port: int | None = None,
        max_crashes: int = 5,
        **settings: str,
    ) -> None:
        self.port = port or free_port()
        self.metrics_port = free_port()
        self.log = data_dir.parent / "gpu-worker.log"
        self._arguments = [
            *("--preset", "cpu", "--vllm", str(program), "--model", str(model), "--port", str(self.port)),
            *("--metrics-port", str(self.metrics_port), "--stages", "4"),
            *("--max-crashes", str(max_crashes)),
        ]
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SHEAF_")},
            "SHEAF_DATA_DIR": str(data_dir),
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def engine_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "api.cli.main", "gpu-worker", *self._arguments]
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    def wait_ready(self, seconds: float = 180.0) -> None:
        deadline = time.monotonic() + seconds
        while not self.ready():
            assert self._process is not None
            assert self._process.poll() is None, f"it ended with {self._process.returncode}:\n{self.tail()}"
            assert time.monotonic() < deadline, f"it is not ready after {seconds:g} s:\n{self.tail()}"
            time.sleep(0.1)

    def ready(self) -> bool:
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.metrics_port}/health/ready", timeout=30)
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK

    def figures(self) -> dict[str, float]:
        text = httpx.get(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=30).text
        samples = (line.split(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in samples}

    def tail(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-60:])

    def wait(self, seconds: float) -> int:
        assert self._process is not None
        return self._process.wait(seconds)

    def stop(self) -> int:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(120)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                raise AssertionError(f"the worker did not stop:\n{self.tail()}") from None
        return self._process.returncode


@contextmanager
def working(
    data_dir: Path,
    program: Path,
    model: Path,
    ready_seconds: float = 180.0,
    port: int | None = None,
    **settings: str,
) -> Iterator[GpuWorker]:
    worker = GpuWorker(data_dir, program, model, port, **settings)
    worker.start()
    try:
        worker.wait_ready(ready_seconds)
        yield worker
    finally:
        worker.stop()
