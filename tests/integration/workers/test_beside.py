"""What a process beside the API tells of itself."""

import io
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from pipeline.access.issuing import ensure_workspace
from pipeline.errors import SettingsError, StoreError
from pipeline.jobs.accept import Upload, accept
from pipeline.jobs.doorbell import Queue
from pipeline.jobs.options import JobOptions
from pipeline.reading.child.sandbox import Sandbox
from pipeline.settings import Jobs, RedisDoorbell, Settings
from tests.support.waiting import until
from workers import beside as besides
from workers import runner as runners
from workers.answering import StatusServer
from workers.beside import Condition, await_parsers, work
from workers.bootstrap import Process, build, close
from workers.drain import Drain
from workers.roles import for_queues, for_sweeper
from workers.runner import Runner


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    made = build(for_sweeper(Settings(data_dir=tmp_path, doorbell=RedisDoorbell())), owns_index=False)
    yield made
    close(made.services)


def test_a_process_is_alive_while_its_loops_go_round(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner(process.services, process.app, process.slots, None)
    condition = Condition(process.services, runner)
    runner.start()
    try:
        assert condition.answer("/health/live") == (HTTPStatus.OK, "ok\n")
        monkeypatch.setattr(runners, "STALLED_SECONDS", -1.0)
        status, text = condition.answer("/health/live")
        assert status == HTTPStatus.SERVICE_UNAVAILABLE
        assert text == "sweeper: stands still\nleases: stands still\n"
    finally:
        runner.close()


def test_readiness_is_that_of_the_parts_and_is_kept_for_a_moment(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(besides, "KEEP_SECONDS", 60.0)
    runner = Runner(process.services, process.app, process.slots, None)
    condition = Condition(process.services, runner)
    assert condition.answer("/health/ready") == (HTTPStatus.OK, "ok\n")
    folder = process.services.settings.data_dir / "blobs"
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir()
    folder.rmdir()
    folder.write_bytes(b"")
    assert condition.answer("/health/ready") == (HTTPStatus.OK, "ok\n"), "asked again at once, it causes no work"
    fresh = Condition(process.services, runner)
    assert fresh.answer("/health/ready") == (HTTPStatus.SERVICE_UNAVAILABLE, f"blobs: {StoreError.name}\n")
    assert fresh.answer("/else")[0] == HTTPStatus.NOT_FOUND


def test_who_only_sweeps_starts_no_parsers_and_is_ready_without_them(process: Process) -> None:
    runner = Runner(process.services, process.app, process.slots, None)
    assert Condition(process.services, runner).answer("/health/ready") == (HTTPStatus.OK, "ok\n")
    assert not process.services.sandbox.started


def test_a_worker_claims_nothing_before_its_parsers_are_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, asked = threading.Event(), list[bool]()

    def loaded(sandbox: Sandbox, seconds: float) -> bool:
        del seconds
        asked.append(sandbox.started)
        return len(asked) > 1

    def start(runner: Runner) -> None:
        assert asked == [True, True]
        stop.set()

    monkeypatch.setattr(besides, "stop_event", lambda: stop)
    monkeypatch.setattr(Sandbox, "loaded", loaded)
    monkeypatch.setattr(Runner, "start", start)
    monkeypatch.setattr(Runner, "close", lambda runner: None)
    work(Settings(data_dir=tmp_path, doorbell=RedisDoorbell()), ["read"])
    assert stop.is_set()


@pytest.mark.parametrize(("told", "said"), [(True, 0), (False, 1)])
def test_parsers_that_do_not_load_keep_a_worker_neither_from_stopping_nor_from_work(
    process: Process, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, told: bool, said: int
) -> None:
    monkeypatch.setattr(Sandbox, "loaded", lambda sandbox, seconds: False)
    monkeypatch.setattr(besides, "PARSERS_SECONDS", 0.0)
    stop = threading.Event()
    if told:
        stop.set()
    await_parsers(process.services, stop)
    assert caplog.text.count("not loaded") == said


def test_the_status_server_answers_over_http_and_refuses_a_taken_address() -> None:
    server = StatusServer(lambda path: (HTTPStatus.OK, f"{path}\n"), "127.0.0.1", 0)
    server.start()
    try:
        assert httpx.get(f"http://127.0.0.1:{server.port}/health/live").text == "/health/live\n"
        with pytest.raises(SettingsError, match="cannot listen"):
            StatusServer(lambda path: (HTTPStatus.OK, path), "127.0.0.1", server.port)
    finally:
        server.close()


def test_a_process_of_its_own_needs_a_doorbell_that_others_hear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(besides, "configure", lambda *_: None)  # this process logs as the tests want it
    with pytest.raises(SettingsError, match=r"doorbell\.kind redis"):
        work(Settings(data_dir=tmp_path), [])
    assert list(tmp_path.iterdir()) == []


class Deaf(Drain):
    """Is told of work, and looks for none."""

    def __call__(self, queue: Queue) -> None:
        del queue


def test_a_worker_that_is_rung_for_and_never_looks_is_not_alive(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Celery's consumers have been seen to go deaf while their process looked well."""
    doorbell = RedisDoorbell(url=SecretStr(redis_url))
    settings = for_queues(Settings(data_dir=tmp_path, doorbell=doorbell, jobs=Jobs(sweep_seconds=0.05)), ["read"])
    made = build(settings, owns_index=False)
    workspace = ensure_workspace(made.services.database, made.services.secrets, "default")
    monkeypatch.setattr(runners, "Drain", Deaf)
    monkeypatch.setattr(runners, "STALLED_SECONDS", 1.5)
    runner = Runner(made.services, made.app, made.slots, None)
    runner.start()
    try:
        time.sleep(2)
        assert "consumer" not in runner.stalled(), "nobody rings for it"
        upload = Upload(source=io.BytesIO(b"words"), name="a.txt", size=5, sha256="00")
        accept(made.services, upload, JobOptions(), workspace_id=workspace.id, actor="test")
        until(lambda: "consumer" in runner.stalled())
        until(lambda: made.slots.take("read") and made.slots.take("read"))
        assert "consumer" not in runner.stalled(), "all its threads are at work"
    finally:
        runner.close()
        close(made.services)
