"""A service and a GPU worker beside it, with a stand-in for vLLM: an engine's crash costs a retry, never a job."""

import itertools
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.fake_vllm import FakeVllm
from tests.support.gpu_worker import GpuWorker, working
from tests.support.servers import postgres, redis
from tests.support.service import finished, running, upload
from tests.support.waiting import until

SENTENCE = "Refunds are paid within thirty days."
TEXT = f"Terms of the workshop. {SENTENCE} The workshop is open on weekdays."
ANSWER = json.dumps({"sentences": [{"text": "Refunds take thirty days.", "page": 1, "quote": SENTENCE}]})
SETTINGS = {"SHEAF_TRANSCRIBER__KIND": "none", "SHEAF_JOBS__INFER_THREADS": "0"}


@pytest.fixture
def fake(tmp_path: Path) -> FakeVllm:
    made = FakeVllm(tmp_path)
    made.behave(answer=ANSWER)
    return made


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gpu") / "data"


@pytest.fixture(scope="module")
def client(data_dir: Path) -> Iterator[httpx.Client]:
    """Of a service that leaves extractions and summaries to others, one after the other."""
    with running(data_dir, **SETTINGS) as service, service.client() as made:
        yield made


@pytest.fixture
def worker(data_dir: Path, client: httpx.Client, fake: FakeVllm) -> Iterator[GpuWorker]:
    del client  # the service is there first
    with working(data_dir, fake.program, fake.model, SHEAF_TRANSCRIBER__KIND="none") as made:
        yield made
    assert fake.alive == []


NUMBERS = itertools.count(1)


def submit(client: httpx.Client, text: str) -> str:
    """The text, which is another one each time."""
    answer = upload(client, "terms.txt", f"{text} Sheet {next(NUMBERS)} of many.".encode(), tasks="summarize")
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job"]["id"])


def result_of(client: httpx.Client, job_id: str) -> dict[str, Any]:
    finished(client, job_id)
    result: dict[str, Any] = client.get(f"/v1/jobs/{job_id}/result").json()
    return result


def test_a_document_is_read_by_the_service_and_summarized_by_the_workers_engine(
    client: httpx.Client, worker: GpuWorker, fake: FakeVllm
) -> None:
    result = result_of(client, submit(client, TEXT))
    assert result["status"] == "succeeded", result
    assert result["summary"]["text"] == "Refunds take thirty days."
    assert result["produced_by"]["summary-model"] == "llama-4-tiny"
    assert SENTENCE in fake.requests[0]
    figures = worker.figures()
    assert figures["sheaf_engine_up"] == 1
    assert figures["sheaf_engine_restarts_total"] == 0
    until(lambda: worker.figures()["sheaf_engine_generation_tokens_total"] >= len(ANSWER))


def test_an_engine_that_is_killed_while_it_answers_costs_a_retry(
    client: httpx.Client, worker: GpuWorker, fake: FakeVllm
) -> None:
    fake.behave(answer=ANSWER, answer_seconds=2.0)
    job_ids = [submit(client, f"{TEXT} Copy {number}.") for number in range(3)]
    until(lambda: len(fake.requests) >= 2)
    os.kill(fake.pids[0], signal.SIGKILL)
    for job_id in job_ids:
        result = result_of(client, job_id)
        assert (result["status"], result["warnings"]) == ("succeeded", []), result
        assert result["produced_by"]["summary-model"] == "llama-4-tiny"
    until(lambda: worker.figures()["sheaf_engine_restarts_total"] == 1)
    until(worker.ready)
    assert len(fake.alive) == 2


def test_a_document_that_kills_the_engine_takes_no_other_along(
    client: httpx.Client, worker: GpuWorker, fake: FakeVllm
) -> None:
    """It uses up its attempts alone, and its sentences are chosen by rules then; the others have a model's summary."""
    fake.behave(answer=ANSWER, answer_seconds=0.6, poison="Copy 1.")
    job_ids = [submit(client, f"{TEXT} Copy {number}.") for number in range(4)]
    results = [result_of(client, job_id) for job_id in job_ids]
    by = [result["produced_by"].get("summary-model") for result in results]
    assert by == ["llama-4-tiny", None, "llama-4-tiny", "llama-4-tiny"]
    assert [notice["code"] for notice in results[1]["warnings"]] == ["summary-truncated", "model-unavailable"]
    assert worker.figures()["sheaf_engine_restarts_total"] <= 3


def test_no_stage_is_claimed_while_the_engine_is_ill_or_has_enough_to_do(
    client: httpx.Client, worker: GpuWorker, fake: FakeVllm
) -> None:
    fake.behave(answer=ANSWER, waiting=100)
    until(lambda: worker.figures()["sheaf_gpu_worker_open"] == 0)
    job_id = submit(client, TEXT)
    time.sleep(3.0)
    stages = {stage["name"]: stage for stage in client.get(f"/v1/jobs/{job_id}").json()["stages"]}
    assert (stages["summarize"]["status"], stages["summarize"]["attempt"]) == ("ready", 0)
    fake.behave(answer=ANSWER, health=503, waiting=100)
    time.sleep(2.0)
    assert fake.requests == []
    fake.behave(answer=ANSWER)
    assert result_of(client, job_id)["status"] == "succeeded"


def test_a_stop_gives_the_work_back_and_ends_the_engine(
    client: httpx.Client, worker: GpuWorker, fake: FakeVllm, data_dir: Path
) -> None:
    fake.behave(answer=ANSWER, answer_seconds=60.0)
    job_id = submit(client, TEXT)
    until(lambda: fake.requests)
    started = time.monotonic()
    assert worker.stop() == 0
    assert time.monotonic() - started < 55, "the answer takes a minute"
    assert fake.alive == []
    fake.behave(answer=ANSWER)
    with working(data_dir, fake.program, fake.model, SHEAF_TRANSCRIBER__KIND="none"):
        result = result_of(client, job_id)
    assert (result["status"], result["warnings"]) == ("succeeded", []), result


def test_service_and_worker_may_meet_in_postgresql_and_redis(tmp_path: Path, fake: FakeVllm) -> None:
    """As on several hosts: a data folder for each, and shared blobs and master key."""
    with postgres() as database, redis() as doorbell:
        shared = {
            "SHEAF_TRANSCRIBER__KIND": "none",
            "SHEAF_DATABASE_URL": database,
            "SHEAF_DOORBELL__KIND": "redis",
            "SHEAF_DOORBELL__URL": doorbell,
            "SHEAF_BLOBS__PATH": str(tmp_path / "shared"),
            "SHEAF_ACCESS__MASTER_KEY_PATH": str(tmp_path / "master.key"),
        }
        with running(tmp_path / "service", **shared, SHEAF_JOBS__INFER_THREADS="0") as service:
            with working(tmp_path / "worker", fake.program, fake.model, **shared), service.client() as client:
                result = result_of(client, submit(client, TEXT))
            assert result["status"] == "succeeded", result
            assert result["produced_by"]["summary-model"] == "llama-4-tiny"


def test_an_engine_that_never_gets_up_ends_the_worker_with_its_last_words(tmp_path: Path, fake: FakeVllm) -> None:
    fake.behave(exit_at_start=1)
    worker = GpuWorker(tmp_path / "data", fake.program, fake.model, max_crashes=2, SHEAF_TRANSCRIBER__KIND="none")
    worker.start()
    try:
        assert worker.wait(180) == 1
    except subprocess.TimeoutExpired:
        worker.stop()
        raise
    assert "torch.OutOfMemoryError: CUDA out of memory" in worker.tail().rpartition("its last words:")[2]
    assert fake.alive == []
