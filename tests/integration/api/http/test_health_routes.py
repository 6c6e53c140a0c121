"""Health, metrics and the documentation page."""

import asyncio
import re
import threading

import httpx
import pytest

from api.http.health import KEEP_SECONDS, TOTALS_SECONDS, Metrics, Monitor, Recent
from pipeline.errors import DatabaseUnavailable
from pipeline.stores.records.usage import UsageRow, add_usage
from tests.integration.api.http.conftest import served


def test_the_process_says_that_it_lives_and_is_ready(house):
    client = house.client()
    assert client.get("/health/live").json() == {"status": "ok", "parts": {}}
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json()["parts"] == {"database": "ok", "blobs": "ok", "vectors": "ok", "sandbox": "ok"}


def test_a_process_whose_loops_stand_still_is_not_alive(house):
    stalled = []
    with served(house.services, lambda: stalled) as (url, _):
        assert httpx.get(f"{url}/health/live").status_code == 200
        stalled.append("sweeper")
        answer = httpx.get(f"{url}/health/live")
        assert answer.status_code == 503
        assert answer.json() == {"status": "stalled", "parts": {"sweeper": "stands still"}}


def test_metrics_count_jobs_and_queues(house, client):
    house.work()
    house.upload(client)
    text = house.client().get("/metrics")
    assert text.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert re.search(r'^sheaf_queue_depth\{queue="read"\} \d+$', text.text, re.MULTILINE)
    assert re.search(r'^sheaf_jobs\{status="queued"\} [1-9]', text.text, re.MULTILINE)


def test_what_ended_is_counted_once_a_minute_and_what_is_open_or_was_spent_each_time(house, client):
    clock = [0.0]
    metrics = Metrics(house.services, clock=lambda: clock[0])

    def figures():
        text = metrics()
        shown = (r"sheaf_pages_total", r'sheaf_jobs\{status="cancelled"\}', r'sheaf_jobs\{status="queued"\}')
        found = [re.search(name + r" (\d+)", text) for name in shown]
        return [int(each[1]) if each else 0 for each in found]

    pages, cancelled, queued = figures()
    house.upload(client)
    ended = house.upload(client, b"Other words.")["job"]["id"]
    assert client.post(f"/v1/jobs/{ended}/cancel").status_code == 202
    with house.services.database.write() as connection:
        add_usage(connection, client.workspace_id, [UsageRow(work="job", jobs=1, pages=7)])
    assert figures() == [pages + 7, cancelled, queued + 1]
    clock[0] += TOTALS_SECONDS
    assert figures() == [pages + 7, cancelled + 1, queued + 1]


def test_a_value_is_found_anew_only_when_it_is_old():
    clock, found = [0.0], []

    async def ask():
        recent = Recent(lambda: found.append(1) or len(found), clock=lambda: clock[0])
        first = await recent(), await recent()
        clock[0] += KEEP_SECONDS + 0.1
        return *first, await recent()

    assert asyncio.run(ask()) == (1, 1, 2)


def test_an_error_reaches_whoever_asks_and_is_not_kept_for_ever():
    clock, results = [0.0], [1, DatabaseUnavailable()]

    def find():
        result = results.pop()
        if isinstance(result, Exception):
            raise result
        return result

    async def ask():
        recent = Recent(find, clock=lambda: clock[0])
        with pytest.raises(DatabaseUnavailable):
            await recent()
        clock[0] += KEEP_SECONDS + 0.1
        return await recent()

    assert asyncio.run(ask()) == 1


def test_many_probes_of_a_store_that_hangs_hold_one_thread_and_are_all_answered(house, monkeypatch):
    """Each used to hold one of the server's threads until no other route had any left."""
    hang = threading.Event()
    monkeypatch.setattr(house.services.blobs, "put", lambda *_, **__: hang.wait(120))
    monkeypatch.setattr("api.http.health.PATIENCE_SECONDS", 1.0)
    monitor = Monitor(house.services)
    before = threading.active_count()

    async def probe():
        found = await asyncio.gather(*(monitor.parts() for _ in range(200)))
        return found, threading.active_count() - before

    found, threads = asyncio.run(probe())
    hang.set()
    assert all(each["blobs"] == "store-failed" for each in found)
    assert found[0]["database"] is None
    assert threads <= 2


def test_the_documentation_loads_nothing_from_elsewhere(house):
    client = house.client()
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    linked = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert linked
    for path in linked:
        assert path.startswith("/")
        assert client.get(path).status_code == 200
    for path in linked:
        assert not re.search(r"https?://(?!\S*w3\.org)", client.get(path).text.replace('"https://', "")) or (
            path == "/openapi.json"
        )


@pytest.mark.parametrize("path", ["/docs/nothing.js", "/docs/..%2fapp.py", "/docs/%2e%2e"])
def test_only_the_files_of_the_page_are_served(house, problem, path):
    problem(house.client().get(path), 404, "not-found")
