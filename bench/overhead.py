"""What a job costs beside its work: accept, doorbell, claim, lease, artifact, commit, on the embedded defaults.

All stages do nothing. `noop_stages_per_s` counts stages of jobs that wait already; `ms_per_job` is the time from the
first upload to the last job's end, uploads included, for each job; `pickup_ms` is the median time from a job's commit
to the claim of its first stage while everything is idle.
"""

import hashlib
import io
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, func, select

from pipeline.access.secrets import SecretBox
from pipeline.delivery.sender import Sender
from pipeline.delivery.signer import new_secret
from pipeline.jobs.accept import Acceptance, Upload, accept
from pipeline.jobs.doorbell import QUEUES
from pipeline.jobs.handlers.finish import Finish
from pipeline.jobs.handlers.work import Handler, Made, Work
from pipeline.jobs.leases import LeaseKeeper
from pipeline.jobs.options import JobOptions
from pipeline.services import Services
from pipeline.settings import Settings
from pipeline.stores.folder import FolderBlobs
from pipeline.stores.records import jobs, stages, workspaces
from pipeline.stores.records.database import Database
from workers.bootstrap import queue_sizes
from workers.celery_app import CeleryDoorbell, CeleryWorker, QueueSlots, make_app
from workers.drain import Drain

WORKSPACE = "ws_bench"
SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}}
STAGES_PER_JOB = 6


class Nothing:
    """A stage that does nothing, once for each job."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def inputs(self, work: Work) -> list[Any]:
        """Never the same."""
        return [work.job.id]

    def make(self, work: Work) -> Made:
        """At once."""
        del work
        return Made(data=self._data, facts={"pages_total": 1, "pages_failed": []})


EMPTY = b'{"data":{},"fields":{},"rows":{},"text":"","points":[],"evidence":[],"warnings":[],"produced_by":{}}'
HANDLERS: dict[str, Handler] = {
    **{name: Nothing(EMPTY) for name in ("read", "extract", "summarize", "index", "annotate")},
    "finish": Finish(),
}


class Bench:
    """One embedded service without engines."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data_dir=folder)
        self.database = Database(f"sqlite:///{folder / 'sheaf.db'}")
        self.database.migrate()
        secrets = SecretBox.open(folder / "master.key")
        with self.database.write() as connection:
            workspaces.add_workspace(connection, id=WORKSPACE, name="bench", webhook_secret=secrets.seal(new_secret()))
        app = make_app(self.settings.doorbell)
        slots = QueueSlots(queue_sizes(self.settings.jobs))
        nothing = cast("Any", None)
        self.services = Services(
            settings=self.settings,
            database=self.database,
            blobs=FolderBlobs(folder / "blobs", 0),
            vectors=nothing,
            doorbell=CeleryDoorbell(app, slots),
            embedder=nothing,
            sandbox=nothing,
            on_demand=nothing,
            reader=nothing,
            secrets=secrets,
            sender=Sender(self.settings.webhooks),
            transcriber=None,
            chat=None,
        )
        self.keeper = LeaseKeeper(self.database, lease_seconds=self.settings.jobs.lease_seconds)
        drain = Drain(self.services, self.keeper, "bench", HANDLERS)
        self.worker = CeleryWorker(app, slots, drain)

    def submit(self, number: int) -> Acceptance:
        """Accept a small document."""
        content = f"document {number}".encode()
        upload = Upload(
            source=io.BytesIO(content), name="a.txt", size=len(content), sha256=hashlib.sha256(content).hexdigest()
        )
        return accept(self.services, upload, JobOptions(schema=SCHEMA), workspace_id=WORKSPACE, actor="bench")

    def wait(self, count: int) -> None:
        """Until that many jobs have succeeded."""
        while self._count_done() < count:
            time.sleep(0.05)  # each look counts all jobs, and takes its time from the workers

    def _count_done(self) -> int:
        with self.database.read() as connection:
            return _done(connection)


def _done(connection: Connection) -> int:
    query = select(func.count()).select_from(jobs.jobs).where(jobs.jobs.c.status == "succeeded")
    return int(connection.execute(query).scalar_one())


def _pickup(bench: Bench, done: int, rounds: int) -> float:
    """Median milliseconds from the commit of a job to the claim of its first stage, by the database's clock."""
    waits = []
    for number in range(rounds):
        accepted = bench.submit(1_000_000 + number)
        bench.wait(done + number + 1)
        with bench.database.read() as connection:
            read = next(s for s in stages.list_stages(connection, accepted.job_id) if s.name == "read")
        assert read.started_at is not None
        waits.append((read.started_at - read.created_at) * 1000)
        time.sleep(0.05)
    return statistics.median(waits)


def main(quick: bool) -> dict[str, Any]:
    """Run it."""
    count = 100 if quick else 500
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        print(f"{count} jobs of {STAGES_PER_JOB} stages that do nothing, waiting before the worker starts")
        for number in range(count):
            bench.submit(number)
        started = time.perf_counter()
        bench.keeper.start()
        bench.worker.start()
        for queue in QUEUES:
            bench.services.doorbell.ring(queue)
        bench.wait(count)
        stages_per_s = count * STAGES_PER_JOB / (time.perf_counter() - started)
        print(f"{count} more while the worker runs")
        started = time.perf_counter()
        for number in range(count, 2 * count):
            bench.submit(number)
        bench.wait(2 * count)
        ms_per_job = (time.perf_counter() - started) * 1000 / count
        print("one at a time while all is idle")
        pickup = _pickup(bench, 2 * count, 10 if quick else 40)
        bench.worker.close(10)
        bench.keeper.close()
        bench.database.close()
    return {
        "ms_per_job": round(ms_per_job, 2),
        "noop_stages_per_s": round(stages_per_s, 1),
        "pickup_ms": round(pickup, 2),
    }
