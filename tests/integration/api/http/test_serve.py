"""Taking the address, and stopping while somebody waits."""

import socket
import threading
import time

import httpx
import pytest

from api.http import serve
from api.http.serve import listen, open_many_files
from pipeline.errors import SettingsError
from tests.support.waiting import until


def test_an_address_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"cannot listen on 127.0.0.1:{port}") as refused:
            listen("127.0.0.1", port)
    assert refused.value.facts["keys"] == ["http.host", "http.port"]


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(SettingsError, match="cannot listen"):
        listen("192.0.2.1", 0)


def test_a_free_address_listens_at_once():
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        pass


def test_small_answers_are_not_held_back(house):
    with house.client() as client:
        client.get("/health/live")
        rounds = []
        while len(rounds) < 20 and min(rounds, default=1.0) >= 0.035:  # a machine that is busy gets a few more
            started = time.perf_counter()
            for _ in range(20):
                client.get("/health/live")
            rounds.append((time.perf_counter() - started) / 20)
    assert min(rounds) < 0.035, "answers wait for the client's delayed acknowledgement (40 ms)"


def test_who_waits_while_the_service_stops_is_answered(house, serve_again):
    client = house.tenant()
    job = house.upload(client)["job"]
    headers = {"Authorization": client.headers["authorization"]}
    answers, ends = [], []
    with serve_again() as (url, server):

        def wait():
            response = httpx.get(
                f"{url}/v1/jobs/{job['id']}/result?wait=50", headers=headers, trust_env=False, timeout=90
            )
            answers.append(response.status_code)

        def follow():
            events = f"{url}/v1/jobs/{job['id']}/events"
            with httpx.stream("GET", events, headers=headers, trust_env=False, timeout=90) as response:
                first, *_ = response.iter_lines()  # all of them: the stream stays open until the service stops
                ends.append(first)

        threads = [threading.Thread(target=wait), threading.Thread(target=follow)]
        for thread in threads:
            thread.start()
        waiting = server._app.state.changes._waiting
        until(lambda: len(waiting.get(job["id"], ())) == 2)
        started = time.monotonic()
        server.should_exit = True
        for thread in threads:
            thread.join()
    assert time.monotonic() - started < 30
    assert answers == [409]
    assert ends == ["event: job"]


@pytest.mark.parametrize(("soft", "hard", "wanted"), [(1024, 4096, 4096), (1024, 10**6, 65_536), (1024, -1, 65_536)])
def test_the_process_may_open_as_many_files_as_the_system_lets_it(monkeypatch, soft, hard, wanted):
    monkeypatch.setattr(serve.resource, "getrlimit", lambda _: (soft, hard))
    told = []
    monkeypatch.setattr(serve.resource, "setrlimit", lambda _, limits: told.append(limits))
    open_many_files()
    assert told == [(wanted, hard)]
