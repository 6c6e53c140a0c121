"""PostgreSQL and Redis as processes of a bench or a test: on a free port of the loopback, in a folder of their own.

Both keep port and folder when they are killed and started again.
"""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

START_SECONDS = 60.0
STOP_SECONDS = 30.0
HOST = "127.0.0.1"
PORTS = range(15_000, 32_768)
"""Linux begins at 32,768 with those it gives away itself (`net.ipv4.ip_local_port_range`)."""


_given: set[int] = set()


def free_port() -> int:
    """A port of the loopback that nobody listens on, and none that was given before.

    It is taken from below those that the kernel gives to whoever asks for any port, so that nobody gets it by chance
    before the server does that it is meant for.
    """
    for port in random.Random().sample(PORTS, len(PORTS)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            if port not in _given:
                probe.bind((HOST, port))
                _given.add(port)
                return port
    raise RuntimeError("no port is free")


def wait_for_port(port: int, process: "subprocess.Popen[bytes]", seconds: float = START_SECONDS) -> None:
    """Until somebody listens there.

    Raises:
        RuntimeError: the process ended first.
        TimeoutError: nobody does.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing answers on port {port}")


class Server:
    """A server process; used as a context it is started, and ended with its folder."""

    def __init__(self, name: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self.folder = Path(tempfile.mkdtemp(prefix=f"sheaf-{name}-"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, or start it again, and wait until it answers."""
        self._process = self._spawn()
        wait_for_port(self.port, self._process)
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > until:
                raise TimeoutError(f"what listens on port {self.port} does not answer")
            time.sleep(0.05)

    def freeze(self) -> None:
        """Let it fall silent with its connections open; only SIGKILL ends it now."""
        assert self._process is not None, "it was started"
        self._process.send_signal(signal.SIGSTOP)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal and wait for the end."""
        assert self._process is not None, "it was started"
        self._process.send_signal(number)
        self._process.wait(STOP_SECONDS)

    def _spawn(self) -> "subprocess.Popen[bytes]":
        raise NotImplementedError

    def _answers(self) -> bool:
        """Whether it takes requests; one that does so as soon as it listens need not be asked."""
        return True

    def _end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.signal(signal.SIGTERM)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._end()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


class Redis(Server):
    """Redis that keeps nothing on the disk: whatever it holds is gone when it is killed."""

    def __init__(self, port: int | None = None) -> None:
        super().__init__("redis", port)

    @staticmethod
    def installed() -> bool:
        """Whether there is a `redis-server`."""
        return shutil.which("redis-server") is not None

    @property
    def url(self) -> str:
        """For `doorbell.url`."""
        return f"redis://{HOST}:{self.port}/0"

    def _spawn(self) -> "subprocess.Popen[bytes]":
        options = ["--bind", HOST, "--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        binary = shutil.which("redis-server")
        assert binary is not None, "it is installed"
        return subprocess.Popen(
            [binary, "--port", str(self.port), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


class Postgres(Server):
    """A fresh cluster with an empty database; it does not wait for the disk, since no power is cut here."""

    def __init__(self) -> None:
        binaries = _postgres_binaries()
        assert binaries is not None, "it is installed"
        self._binaries = binaries
        super().__init__("postgres")
        # PostgreSQL refuses to run as root; the Debian package brings the user `postgres`.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user)
        auth = ["-U", "sheaf", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [binaries / "initdb", "-D", self.folder / "data", *auth],
            check=True, user=self._user, stdout=subprocess.DEVNULL, cwd=self.folder,
        )  # fmt: skip

    @staticmethod
    def installed() -> bool:
        """Whether there is a PostgreSQL server."""
        return _postgres_binaries() is not None

    @property
    def url(self) -> str:
        """For `database_url`."""
        return self.url_at(self.port)

    @staticmethod
    def url_at(port: int) -> str:
        """The same where something stands in front of it."""
        return f"postgresql+psycopg://sheaf@{HOST}:{port}/postgres"

    def _spawn(self) -> "subprocess.Popen[bytes]":
        options = {
            "port": self.port,
            "listen_addresses": HOST,
            "unix_socket_directories": self.folder,
            "fsync": "off",
            "max_connections": 300,
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return subprocess.Popen(
            [self._binaries / "postgres", "-D", self.folder / "data", *flags],
            user=self._user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder,
        )  # fmt: skip

    def _answers(self) -> bool:
        """PostgreSQL listens first, and refuses everybody until its startup process is done."""
        asked = [str(self._binaries / "pg_isready"), "-q", "-h", HOST, "-p", str(self.port)]
        return subprocess.run(asked, check=False, cwd=self.folder).returncode == 0

    def _end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.signal(signal.SIGINT)  # SIGTERM would wait for those who are connected


def postgres_program(name: str) -> Path:
    """One of those that come with the server, such as `psql`."""
    found = _postgres_binaries()
    assert found is not None, "it is installed"
    return found / name


def _postgres_binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    on_path = shutil.which("postgres")
    return found[0].parent if found else Path(on_path).parent if on_path else None
