"""All of a run: PostgreSQL, Redis, a small disk, and an API, workers and a sweeper that reach them by proxies."""

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.faults.disk import Disk
from bench.faults.fleet import Member, Supervisor, own_environment
from bench.faults.proxy import Network, Proxy
from bench.faults.wrong_clock import WrongClock
from bench.servers import Postgres, Redis
from pipeline.access.keys import new_key

DISK_BYTES = 192 * 1024 * 1024
READY_SECONDS = 180.0
QUEUES = "read,infer,deliver"


class Site:
    """Servers and members; all of it ends with the stack it was opened on."""

    def __init__(
        self, stack: ExitStack, folder: Path, *, receiver_port: int, lease: float, attempts: int, workers: int = 2
    ) -> None:
        """`workers` is two or more, the second one with a clock that can be set."""
        self.folder = folder
        self.key = new_key().text
        self.network = Network()
        stack.callback(self.network.close)
        self.postgres = stack.enter_context(Postgres())
        self.redis = stack.enter_context(Redis())
        self.disk = Disk(folder / "blobs", DISK_BYTES)
        stack.callback(self.disk.close)
        self.clock = WrongClock(folder / "clock")
        self._settings = {
            "SHEAF_DATA_DIR": str(folder / "data"),
            "SHEAF_BLOBS__PATH": str(folder / "blobs"),
            "SHEAF_BLOBS__RESERVE_BYTES": str(1024 * 1024),
            "SHEAF_ACCESS__BOOTSTRAP_KEY": self.key,
            "SHEAF_TRANSCRIBER__KIND": "none",
            "SHEAF_DOORBELL__KIND": "redis",
            "SHEAF_JOBS__LEASE_SECONDS": str(lease),
            "SHEAF_JOBS__MAX_ATTEMPTS": str(attempts),
            "SHEAF_WEBHOOKS__ALLOW": json.dumps([f"127.0.0.1/32:{receiver_port}"]),
            "SHEAF_WEBHOOKS__TIMEOUT_SECONDS": "2",
        }
        self.api = self._member("api", ["api"])
        self.workers = [
            self._member("worker", ["worker", "--queues", QUEUES]),
            self._member("worker-with-wrong-clock", ["worker", "--queues", QUEUES], self.clock.environment()),
            *(self._member(f"worker-{number}", ["worker", "--queues", QUEUES]) for number in range(3, workers + 1)),
        ]
        self.sweeper = self._member("sweeper", ["sweeper"])
        self.members: Sequence[Member] = (self.api, *self.workers, self.sweeper)
        for member in self.members:
            stack.callback(member.kill)

    @property
    def database_url(self) -> str:
        """Of libpq, and by no proxy."""
        return self.postgres.url.replace("+psycopg", "")

    def start(self, stack: ExitStack) -> None:
        """Start all members at once, wait until they are ready, and have them looked after from then on.

        Raises:
            TimeoutError: one is not ready in time.
        """
        for member in self.members:
            member.start()
        until = time.monotonic() + READY_SECONDS
        for member in self.members:
            while not member.is_ready():
                if time.monotonic() > until:
                    raise TimeoutError(f"{member.name} is not ready after {READY_SECONDS:g} s:\n{member.tail()}")
                time.sleep(0.1)
        stack.callback(Supervisor(self.members).close)

    def _member(self, name: str, command: Sequence[str], more: dict[str, str] | None = None) -> Member:
        database, broker = Proxy(self.network, self.postgres.port), Proxy(self.network, self.redis.port)
        own = {
            "SHEAF_DATABASE_URL": Postgres.url_at(database.port),
            "SHEAF_DOORBELL__URL": f"redis://127.0.0.1:{broker.port}/0",
        }
        return Member(
            name,
            command,
            environment=own_environment(self._settings | own | (more or {})),
            folder=self.folder,
            prefix=self.disk.prefix,
            database=database,
            broker=broker,
        )
