"""Starts the service as a user would (`sheaf up`), waits until it is ready, and stops it again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from pipeline.access.keys import new_key

HOST = "127.0.0.1"
READY_SECONDS = 240  # a first start writes the embedding model's graph
STOP_SECONDS = 20


class ServiceError(Exception):
    """The service did not start."""


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Service:
    """One process with embedded defaults, its data in a folder of its own."""

    def __init__(self, folder: Path, *, batch_root: Path, receiver_port: int) -> None:
        self.url = f"http://{HOST}:{free_port()}"
        self.key = new_key().text
        self._folder = folder
        self._environment = self._settings(batch_root, receiver_port)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What the service writes."""
        return self._folder / "service.log"

    def __enter__(self) -> Self:
        program = Path(sys.executable).with_name("sheaf")
        with self.log.open("wb") as log:
            # A session of its own: Ctrl-C reaches this program only, which then stops the service in order.
            self._process = subprocess.Popen(
                [program, "up"],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self._folder,
                start_new_session=True,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def wait_until_ready(self, waited: Callable[[float], None]) -> float:
        """Ask `/health/ready` until it says yes; the seconds it took. `waited` is told the seconds so far.

        Raises:
            ServiceError: the service ended, or was not ready in time; the message holds the end of its log.
        """
        began = time.monotonic()
        while (seconds := time.monotonic() - began) < READY_SECONDS:
            if self._process is None or self._process.poll() is not None:
                raise ServiceError(f"the service ended before it was ready:\n{self.log_end()}")
            if self._is_ready():
                return seconds
            waited(seconds)
            time.sleep(0.1)
        raise ServiceError(f"the service was not ready within {READY_SECONDS} s:\n{self.log_end()}")

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def _settings(self, batch_root: Path, receiver_port: int) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SHEAF_")}
        return inherited | {
            "SHEAF_DATA_DIR": str(self._folder / "data"),
            "SHEAF_HTTP__HOST": HOST,
            "SHEAF_HTTP__PORT": self.url.rpartition(":")[2],
            "SHEAF_ACCESS__BOOTSTRAP_KEY": self.key,
            "SHEAF_WEBHOOKS__ALLOW": json.dumps([f"{HOST}/32:{receiver_port}"]),
            "SHEAF_BATCHES__ROOTS": json.dumps({"examples": str(batch_root)}),
        }

    def log_end(self) -> str:
        """Its last lines."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])
