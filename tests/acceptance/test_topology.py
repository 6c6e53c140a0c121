"""The service as several processes on PostgreSQL, Redis and S3: killed workers cost time and nothing else.

In the database they are the role that `deploy/` gives services: it owns nothing, and row-level security holds it.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.support import servers
from tests.support.files import INVOICE, pdf
from tests.support.living import parent
from tests.support.processes import Process, Topology
from tests.support.roles import make_roles
from tests.support.service import finished, upload
from tests.support.traces import Collector, collector
from tests.support.waiting import until

DOCUMENTS = 12
STOP_SECONDS = 30


@pytest.fixture
def database() -> Iterator[str]:
    with servers.postgres() as url:
        yield url


@pytest.fixture
def taken() -> Iterator[Collector]:
    with collector() as made:
        yield made


@contextmanager
def migrating(owner: str) -> Iterator[Callable[[], None]]:
    """Two make the tables at once, as the role that may; what is given waits for them."""
    command = [sys.executable, "-m", "api.cli.main", "migrate"]
    started = [subprocess.Popen(command, env={**os.environ, "SHEAF_DATABASE_URL": owner}) for _ in range(2)]

    def wait() -> None:
        assert [process.wait(120) for process in started] == [0, 0]

    try:
        yield wait
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.fixture
def topology(tmp_path: Path, database: str, taken: Collector) -> Iterator[Topology]:
    owner, service = make_roles(database)
    with migrating(owner) as migrated, servers.redis() as redis, servers.s3("documents") as s3:
        settings = {
            "SHEAF_DATABASE_URL": service,
            "SHEAF_DOORBELL__KIND": "redis",
            "SHEAF_DOORBELL__URL": redis,
            "SHEAF_BLOBS__KIND": "s3",
            "SHEAF_BLOBS__BUCKET": "documents",
            "SHEAF_BLOBS__ENDPOINT": s3,
            "SHEAF_BLOBS__ALLOW_HTTP": "true",
            "SHEAF_BLOBS__ACCESS_KEY_ID": "tester",
            "SHEAF_BLOBS__SECRET_ACCESS_KEY": "secret",
            "SHEAF_JOBS__LEASE_SECONDS": "6",
            "SHEAF_TRACING__KIND": "otel",
            "OTEL_EXPORTER_OTLP_ENDPOINT": taken.url,
        }
        migrated()
        with Topology(tmp_path, **settings) as made:
            yield made


def claimers(database: str) -> set[int]:
    """Process ids of those who hold a stage now."""
    with psycopg.connect(database.replace("+psycopg", "")) as connection:
        found = connection.execute("SELECT DISTINCT worker FROM stages WHERE status = 'running'").fetchall()
    return {int(worker.rpartition(":")[2]) for (worker,) in found}


def one_that_works(workers: list[Process], database: str, more: Callable[[], None]) -> tuple[Process, int]:
    """And the process that it has forked; `more` gives them something to do, should they have done everything."""
    chosen: list[tuple[Process, int]] = []

    def found() -> bool:
        forked = {parent(pid): pid for pid in claimers(database)}
        chosen[:] = [(worker, forked[worker.pid]) for worker in workers if worker.pid in forked]
        if not chosen:
            more()
        return bool(chosen)

    until(found, 120)
    return chosen[0]


def test_documents_end_though_workers_are_killed_and_every_process_stops_in_order(
    topology: Topology, database: str, taken: Collector
) -> None:
    api = topology.start("api")
    workers = [topology.start("worker", "--queues", "read,infer,deliver") for _ in range(2)]
    sweeper = topology.start("sweeper")
    for process in topology.processes:
        process.wait_ready()
        assert process.status("/health/live") == 200
    with topology.client(api) as client:
        accepted: list[str] = []

        def submit() -> None:
            content = pdf(f"{INVOICE}\nCopy {len(accepted)}", "Second page.")
            answer = upload(client, f"{len(accepted)}.pdf", content, schema="invoice")
            assert answer.status_code == 202, answer.text
            accepted.append(answer.json()["job"]["id"])

        for _ in range(DOCUMENTS):
            submit()
        forking, forked = one_that_works(workers, database, submit)
        os.kill(forked, signal.SIGKILL)
        until(lambda: f"worker {forked} was ended by signal 9" in forking.tail())
        (killed,) = (worker for worker in workers if worker is not forking)
        killed.kill()
        for job_id in accepted:
            assert finished(client, job_id, 180)["status"] == "succeeded", client.get(f"/v1/jobs/{job_id}").text
            assert client.get(f"/v1/jobs/{job_id}/result").json()["data"]["invoice_number"] == "INV-2026-0042"
        hits = client.post("/v1/search", json={"query": "Copy 3"}).raise_for_status().json()
        assert hits["items"], "the API process has worked on the queue index"

    second = topology.start("api")
    assert second.wait(120) == 2
    assert "owns the vector store" in second.tail()
    assert "owner.lock" in second.tail()

    started = time.monotonic()
    left = [process for process in (api, *workers, sweeper) if process is not killed]
    for process in left:
        process.terminate()
    for process in left:
        assert process.wait(STOP_SECONDS) == 0, process.tail()
    assert time.monotonic() - started < STOP_SECONDS
    assert "not single-threaded" not in forking.tail()
    assert_each_job_is_one_trace(taken, api.pid)


def assert_each_job_is_one_trace(taken: Collector, api: int) -> None:
    """A job's trace begins in the API's process and goes on in the workers'; a killed one took its last spans along."""
    pids: dict[bytes, dict[str, int]] = {}
    for (_, pid), span in taken.spans():
        pids.setdefault(span.trace_id, {})[span.name] = pid
    jobs = [names for names in pids.values() if "stage finish" in names]
    assert jobs
    for names in jobs:
        assert names["POST /v1/documents"] == names["stage index"] == api
        assert api not in (names["stage finish"], names.get("stage read"))
