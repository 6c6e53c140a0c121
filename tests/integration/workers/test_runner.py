"""Everything that works inside one process, with its real engines, started and stopped."""

import io
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from pipeline.access.issuing import ensure_workspace
from pipeline.jobs.accept import Upload, accept
from pipeline.jobs.claims import claim
from pipeline.jobs.options import JobOptions
from pipeline.services import Services
from pipeline.settings import Settings
from pipeline.stores.records import jobs, stages
from tests.support.embedding_graph import lend_graph
from tests.support.rows import count_chunks
from workers.bootstrap import Process, build, close
from workers.celery_app import QueueSlots
from workers.runner import Runner

TEXT = b"Refunds are paid within thirty days. The workshop is open on weekdays from eight to five."


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    lend_graph(tmp_path)
    made = build(Settings(data_dir=tmp_path, transcriber={"kind": "none"}))  # type: ignore[arg-type]  # as a file says it
    yield made
    close(made.services)


def submit(services: Services, workspace_id: str, content: bytes) -> str:
    upload = Upload(source=io.BytesIO(content), name="a.txt", size=len(content), sha256=sha256(content).hexdigest())
    return accept(services, upload, JobOptions(), workspace_id=workspace_id, actor="test").job_id


def ended(services: Services, job_id: str, seconds: float = 120.0) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with services.database.read() as connection:
            job = jobs.get_job(connection, job_id)
        assert job is not None
        if job.finished_at is not None:
            return job.status
        time.sleep(0.02)
    raise AssertionError(f"{job_id} has not ended")


def test_a_runner_takes_up_what_a_killed_process_left_and_what_comes_and_stops_quickly(process: Process) -> None:
    services = process.services
    workspace = ensure_workspace(services.database, services.secrets, "default")
    before = submit(services, workspace.id, TEXT)
    assert claim(services, "read", "killed") is not None, "its lease is still good, but nobody is there"
    runner = Runner(services, process.app, process.slots, workspace.id)
    runner.start()
    try:
        assert ended(services, before) == "succeeded"
        assert ended(services, submit(services, workspace.id, TEXT + b" Again.")) == "succeeded"
    finally:
        started = time.monotonic()
        runner.close()
    assert time.monotonic() - started < 30
    after = submit(services, workspace.id, b"Nobody works on these words.")
    time.sleep(0.3)
    with services.database.read() as connection:
        assert count_chunks(connection, workspace.id) >= 2
        assert {stage.status for stage in stages.list_stages(connection, after)} == {"ready", "waiting"}


def test_a_worker_beside_a_service_takes_no_lease_from_it(process: Process) -> None:
    services = process.services
    workspace = ensure_workspace(services.database, services.secrets, "default")
    job_id = submit(services, workspace.id, TEXT)
    assert claim(services, "read", "the service") is not None
    slots = QueueSlots({"infer": 1})
    runner = Runner(services, process.app, slots, None)
    runner.start()
    time.sleep(1.5)
    runner.close()
    with services.database.read() as connection:
        read = next(stage for stage in stages.list_stages(connection, job_id) if stage.name == "read")
    assert (read.status, read.attempt, read.failures) == ("running", 1, 0)
