"""What a process beside the API tells of itself."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from pipeline.errors import SettingsError, StoreError
from pipeline.settings import RedisDoorbell, Settings
from workers import runner as runners
from workers.answering import StatusServer
from workers.beside import Condition, work
from workers.bootstrap import Process, build, close
from workers.roles import for_sweeper
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


def test_readiness_is_that_of_the_parts_and_is_kept_for_a_moment(process: Process) -> None:
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


def test_the_status_server_answers_over_http_and_refuses_a_taken_address() -> None:
    server = StatusServer(lambda path: (HTTPStatus.OK, f"{path}\n"), "127.0.0.1", 0)
    server.start()
    try:
        assert httpx.get(f"http://127.0.0.1:{server.port}/health/live").text == "/health/live\n"
        with pytest.raises(SettingsError, match="cannot listen"):
            StatusServer(lambda path: (HTTPStatus.OK, path), "127.0.0.1", server.port)
    finally:
        server.close()


def test_a_process_of_its_own_needs_a_doorbell_that_others_hear(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"doorbell\.kind redis"):
        work(Settings(data_dir=tmp_path), [])
    assert list(tmp_path.iterdir()) == []
