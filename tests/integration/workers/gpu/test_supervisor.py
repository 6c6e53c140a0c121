"""The engine is started, watched, and started again."""

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from tests.integration.workers.gpu.conftest import QUICK
from tests.support.fake_vllm import FakeVllm
from tests.support.waiting import until
from workers.backoff import RestartPolicy
from workers.gpu.command import Place, serve_command
from workers.gpu.presets import CPU
from workers.gpu.probe import Probe
from workers.gpu.supervisor import Supervisor

Supervise = Callable[..., Supervisor]


def test_an_engine_is_healthy_once_it_says_so_and_its_start_is_told(
    fake: FakeVllm, supervise: Supervise, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    fake.behave(loading=True)
    supervisor = supervise()
    until(lambda: "it says: loading the model" in caplog.text)
    assert "engine starting: " in caplog.text
    assert supervisor.state == "starting"
    assert not supervisor.healthy
    fake.behave()
    until(lambda: supervisor.healthy)
    until(lambda: "engine healthy after" in caplog.text)
    until(lambda: supervisor.figures is not None and supervisor.figures.kv_usage == 0.25)
    supervisor.close()
    assert supervisor.state == "stopped"
    assert supervisor.figures is None


def test_a_killed_engine_is_started_again(fake: FakeVllm, supervise: Supervise):
    losses: list[bool] = []
    supervisor = supervise(lost=lambda: losses.append(True))
    until(lambda: supervisor.healthy)
    os.kill(fake.pids[0], signal.SIGKILL)
    until(lambda: supervisor.restarts == 1)
    until(lambda: supervisor.healthy)
    assert len(losses) == 1
    assert len(fake.alive) == 2, "of the first life nothing is left"


def test_an_engine_that_answers_503_is_ill_and_well_again_when_it_answers(fake: FakeVllm, supervise: Supervise):
    supervisor = supervise()
    until(lambda: supervisor.healthy)
    fake.behave(health=503)
    until(lambda: supervisor.state == "ill")
    fake.behave()
    until(lambda: supervisor.healthy)
    assert supervisor.restarts == 0


@pytest.mark.parametrize("behaviour", [{"health": 503}, {"hang": True}])
def test_an_engine_that_stays_ill_is_started_again(fake: FakeVllm, supervise: Supervise, behaviour: dict[str, object]):
    supervisor = supervise(replace(QUICK, answer=1.0, hang=2.0))
    until(lambda: supervisor.healthy)
    fake.behave(**behaviour)
    until(lambda: len(fake.pids) == 4)
    fake.behave()
    until(lambda: supervisor.healthy)
    assert supervisor.restarts == 1


def test_a_doubt_closes_at_once_and_a_fresh_look_lifts_it(
    fake: FakeVllm, supervise: Supervise, monkeypatch: pytest.MonkeyPatch
):
    may_look, look = threading.Event(), Probe.healthy
    monkeypatch.setattr(Probe, "healthy", lambda probe: may_look.wait(60) and look(probe))
    may_look.set()
    supervisor = supervise()
    until(lambda: supervisor.healthy)
    may_look.clear()
    supervisor.doubt()
    assert supervisor.state == "ill"
    may_look.set()
    until(lambda: supervisor.healthy)


def test_an_engine_that_never_gets_up_is_given_up_with_its_last_words(fake: FakeVllm, supervise: Supervise):
    fake.behave(exit_at_start=1)
    supervisor = supervise(max_crashes=3)
    assert supervisor.wait_failed(60)
    assert supervisor.state == "failed"
    assert supervisor.restarts == 2
    assert supervisor.last_words[-1] == "torch.OutOfMemoryError: CUDA out of memory"
    supervisor.doubt()
    assert supervisor.state == "failed"


def test_an_engine_that_takes_too_long_to_start_is_given_up(fake: FakeVllm, supervise: Supervise):
    fake.behave(start_seconds=60)
    supervisor = supervise(replace(QUICK, start=0.5), max_crashes=2)
    assert supervisor.wait_failed(60)
    assert fake.alive == []


def test_a_strangers_server_is_not_taken_for_the_engine(fake: FakeVllm):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        place = Place(vllm=str(fake.program), model=fake.model, port=stranger.getsockname()[1])
        supervisor = Supervisor(serve_command(CPU, place), RestartPolicy(base_seconds=0.1, max_crashes=2), QUICK)
        supervisor.start()
        assert supervisor.wait_failed(60)
        assert "something else listens" in supervisor.last_words[0]
        supervisor.close()
    assert fake.pids == []


def test_a_stop_during_a_start_does_not_wait_for_it(fake: FakeVllm, supervise: Supervise):
    fake.behave(start_seconds=600)
    supervisor = supervise()
    until(lambda: len(fake.alive) == 2)
    supervisor.close()  # it has no limit of its own, but the engine would sleep for ten minutes
    assert supervisor.state == "stopped"


def test_counters_go_on_over_a_restart(fake: FakeVllm, supervise: Supervise):
    fake.behave(answer="x" * 50)
    supervisor = supervise()
    until(lambda: supervisor.healthy)
    body = {"model": "llama-4-tiny", "messages": [{"role": "user", "content": "hello"}]}
    assert httpx.post(f"{supervisor.url}/v1/chat/completions", json=body, timeout=60).status_code == 200
    until(lambda: supervisor.totals["generation_tokens_total"] == 50)
    os.kill(fake.pids[0], signal.SIGKILL)
    until(lambda: supervisor.restarts == 1)
    until(lambda: supervisor.healthy)
    assert supervisor.totals["generation_tokens_total"] == 50
