"""Documents through the REST API, with a real vLLM under `sheaf gpu-worker`; the engine is killed at the end."""

import contextlib
import os
import signal
from pathlib import Path

import httpx

from tests.conformance.environment import ROOT
from tests.support.gpu_worker import GpuWorker
from tests.support.living import is_alive
from tests.support.service import finished, upload
from tests.support.waiting import until
from workers.gpu.figures import parse_figures

INVOICE = ROOT / "examples" / "invoice.pdf"
RESTART_SECONDS = 240.0


def submit(service: httpx.Client, name: str, content: bytes, tasks: str = "extract,summarize,index") -> str:
    answer = upload(service, name, content, schema="invoice", tasks=tasks)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job"]["id"])


def test_a_document_goes_through_the_whole_pipeline(service: httpx.Client, worker: GpuWorker) -> None:
    """Random weights say nothing true: what they say is refused or marked, and the rules' values stand."""
    job = finished(service, submit(service, "invoice.pdf", INVOICE.read_bytes()), 300)
    result = service.get(f"/v1/jobs/{job['id']}/result").json()
    assert job["status"] in {"succeeded", "partial"}, result
    assert result["usage"]["input_tokens"] > 1000, result["usage"]
    assert result["usage"]["output_tokens"] > 0
    assert "llama-4-tiny" in result["produced_by"].values(), result["produced_by"]
    assert result["data"]["invoice_number"]
    figures = worker.figures()
    assert figures["sheaf_engine_prompt_tokens_total"] >= result["usage"]["input_tokens"]
    assert figures["sheaf_engine_restarts_total"] == 0


def test_an_engine_that_is_killed_is_started_again_and_the_document_ends(
    service: httpx.Client, worker: GpuWorker
) -> None:
    until(lambda: worker.figures()["sheaf_gpu_worker_open"] == 1)
    job_id = submit(service, "again.txt", b"Invoice number: INV-7\nTotal: EUR 12.50\n", tasks="summarize")
    # The engine is asked itself: the worker's figures are a second old. On a busy machine it may end between two looks.
    until(lambda: is_running(worker) or is_over(service, job_id), 120)
    (engine,) = engines(worker.pid)
    os.kill(engine, signal.SIGKILL)
    until(lambda: worker.figures()["sheaf_engine_restarts_total"] == 1, RESTART_SECONDS)
    job = finished(service, job_id, RESTART_SECONDS)
    assert job["status"] in {"succeeded", "partial"}, job
    until(worker.ready, RESTART_SECONDS)  # the answer may have been whole before the engine died


def test_nothing_of_the_engine_is_left_when_the_worker_stops(worker: GpuWorker) -> None:
    assert engines(worker.pid)
    everything = below(worker.pid)
    assert worker.stop() == 0, worker.tail()
    until(lambda: not any(map(is_alive, everything)))


def is_running(worker: GpuWorker) -> bool:
    return parse_figures(httpx.get(f"{worker.engine_url}/metrics", timeout=60).text).running >= 1


def is_over(service: httpx.Client, job_id: str) -> bool:
    return bool(service.get(f"/v1/jobs/{job_id}").json()["finished_at"])


def below(pid: int) -> list[int]:
    """A process's children, their children, and so on."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # threads go while they are looked at
            for child in map(int, path.read_text().split()):
                found += [child, *below(child)]
    return found


def engines(pid: int) -> list[int]:
    """The engine itself, by the name that vLLM gives it."""
    return [child for child in below(pid) if "EngineCor" in name_of(child)]


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
