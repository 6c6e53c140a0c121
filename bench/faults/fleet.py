"""The service as several processes, kept up as by a supervisor: who ends or stands still is started again."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from bench.faults.proxy import Proxy
from bench.servers import free_port

ROOT = Path(__file__).parents[2]
LOOK_SECONDS = 0.5
PROBE_SECONDS = 5.0
"""Pause between two questions for `/health/live`, and how long an answer may take."""
PATIENCE = 6
"""Failed probes in a row after which a process is killed: as `failureThreshold` of Kubernetes."""
STARTING_SECONDS = 120.0
"""From its start a process may be silent for so long."""
STOP_SECONDS = 40.0


class Member:
    """One `sheaf …` with its own way to the servers."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        prefix: Sequence[str] = (),
        database: Proxy,
        broker: Proxy,
    ) -> None:
        self.name = name
        self.port = free_port()
        self.database = database
        self.broker = broker
        self.exits = 0
        """How often it ended although nobody had asked it to."""
        self.stalls = 0
        """How often it was killed since it was not alive."""
        port = "--port" if command[0] == "api" else "--health-port"
        self._command = [*prefix, sys.executable, "-m", "api.cli.main", *command, port, str(self.port)]
        self._environment = dict(environment)
        self.log = folder / f"{name}.log"
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._started = self._probed = 0.0
        self._silent = 0

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def worker(self) -> str:
        """The name that its claims carry: that of the process which it has forked, where it forks one."""
        assert self._process is not None, "it was started"
        return f"{socket.gethostname()}:{self._forked() or self._process.pid}"

    def start(self) -> None:
        """Start it, and return at once."""
        with self._lock:
            self._start()

    def kill(self) -> None:
        """Kill -9, and nothing else."""
        with self._lock:
            self._kill()

    def kill_forked(self) -> bool:
        """Kill -9 of the process that it has forked, and may fork anew; whether there was one."""
        with self._lock:
            forked = self._forked()
            if forked is not None:
                os.kill(forked, signal.SIGKILL)
        return forked is not None

    def restart(self) -> None:
        """Kill -9, and start it again."""
        with self._lock:
            self._kill()
            self._start()

    def stop(self) -> int:
        """SIGTERM; the exit status.

        Raises:
            TimeoutExpired: it does not end.
        """
        assert self._process is not None, "it was started"
        self._process.terminate()
        return self._process.wait(STOP_SECONDS)

    def is_ready(self) -> bool:
        """Whether everything that it needs works."""
        return self._answer("/health/ready") == httpx.codes.OK

    def look(self) -> None:
        """What a supervisor does every now and then."""
        with self._lock:
            if self._process is None:
                return
            if self._process.poll() is not None:
                self.exits += 1
                self._start()
            elif time.monotonic() - self._probed > PROBE_SECONDS:
                self._probe()

    def tail(self, lines: int = 40) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def _forked(self) -> int | None:
        """The parsers' zygote is a child of its too, in a session of its own."""
        if self._process is None:
            return None
        pid = self._process.pid
        try:
            children = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())
            return next((child for child in children if os.getsid(child) == os.getsid(pid)), None)
        except (FileNotFoundError, ProcessLookupError):  # it has just ended, or one of these
            return None

    def _probe(self) -> None:
        alive = self._answer("/health/live") == httpx.codes.OK
        self._probed = time.monotonic()
        self._silent = 0 if alive else self._silent + 1
        if self._silent >= PATIENCE and time.monotonic() - self._started > STARTING_SECONDS:
            self.stalls += 1
            self._kill()
            self._start()

    def _answer(self, path: str) -> int | None:
        try:
            return httpx.get(f"{self.url}{path}", timeout=PROBE_SECONDS, trust_env=False).status_code
        except httpx.TransportError:
            return None

    def _start(self) -> None:
        self._started = self._probed = time.monotonic()
        self._silent = 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)


class Supervisor:
    """Looks after the members until it is closed."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = members
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(member,), name=f"supervisor-{member.name}", daemon=True)
            for member in members
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Look no more."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self, member: Member) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            member.look()


def own_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a member: ours without our own Sheaf's settings, and these."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SHEAF_")} | dict(settings)
