"""The figures of a GPU worker over HTTP."""

import re
from collections.abc import Callable, Iterator

import httpx
import pytest

from pipeline.errors import SettingsError
from tests.support.fake_vllm import FakeVllm
from tests.support.waiting import until
from workers.gpu.exporter import METRICS, Exporter
from workers.gpu.gate import Gate
from workers.gpu.supervisor import Supervisor


@pytest.fixture
def supervisor(supervise: Callable[..., Supervisor]) -> Supervisor:
    return supervise()


@pytest.fixture
def exporter(supervisor: Supervisor) -> Iterator[Exporter]:
    gate = Gate(lambda: supervisor.healthy, lambda: supervisor.figures, max_waiting=2)
    made = Exporter(supervisor, gate, "127.0.0.1", 0)
    made.start()
    yield made
    made.close()


def get(exporter: Exporter, path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{exporter.port}{path}", timeout=30)


def values(exporter: Exporter) -> dict[str, float]:
    text = get(exporter, "/metrics").text
    assert len(re.findall(r"^# (HELP|TYPE) ", text, re.MULTILINE)) == 2 * len(METRICS)
    samples = (line.split(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in samples}


def test_the_figures_are_those_of_the_engine(fake: FakeVllm, supervisor: Supervisor, exporter: Exporter):
    fake.behave(waiting=7)
    until(lambda: supervisor.figures is not None and supervisor.figures.waiting == 7)
    found = values(exporter)
    assert found.keys() == METRICS.keys()
    assert found["sheaf_engine_up"] == 1
    assert found["sheaf_engine_requests_waiting"] == 7
    assert found["sheaf_engine_kv_usage_ratio"] == 0.25
    assert found["sheaf_gpu_worker_open"] == 0
    fake.behave(waiting=0)
    until(lambda: values(exporter)["sheaf_gpu_worker_open"] == 1)


def test_readiness_is_the_engines(fake: FakeVllm, supervisor: Supervisor, exporter: Exporter):
    until(lambda: supervisor.healthy)
    assert get(exporter, "/health/ready").status_code == 200
    fake.behave(health=503)
    until(lambda: supervisor.state == "ill")
    answer = get(exporter, "/health/ready")
    assert answer.status_code == 503
    assert answer.text == "ill\n"
    assert get(exporter, "/health/live").status_code == 200
    assert get(exporter, "/else").status_code == 404
    assert values(exporter)["sheaf_engine_up"] == 0
    fake.behave()


def test_a_taken_address_is_said(supervisor: Supervisor, exporter: Exporter):
    gate = Gate(lambda: True, lambda: None, max_waiting=0)
    with pytest.raises(SettingsError, match=r"cannot listen on 127.0.0.1:\d+: Address already in use"):
        Exporter(supervisor, gate, "127.0.0.1", exporter.port)
