"""Requests for pages and contents start no more children than they are allowed."""

import io
import threading
from typing import Any, BinaryIO, cast

import pytest

from pipeline.errors import ParserCrashed, ParsersBusy
from pipeline.reading.child.on_demand import WAITING_FOR_EACH, OnDemand
from pipeline.reading.child.sandbox import Sandbox
from tests.support.waiting import until


class SlowSandbox:
    """Counts how many calls run at once; each runs until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.most = self.now = 0
        self._lock = threading.Lock()

    def run(self, task: str, source: BinaryIO, arguments: dict[str, Any], *, queues: bool) -> bytes:
        assert not queues, "stages do not hold up requests"
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.begun.release()
        self.go.wait(120)
        with self._lock:
            self.now -= 1
        if task == "bad":
            raise ParserCrashed
        return b"made"


def ask(on_demand: OnDemand, answers: list[object], task: str = "good") -> threading.Thread:
    def work() -> None:
        try:
            answers.append(on_demand.run(task, io.BytesIO(), {}))
        except (ParsersBusy, ParserCrashed) as error:
            answers.append(type(error))

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_calls_beyond_the_limit_wait_and_those_beyond_the_waiting_room_are_refused() -> None:
    sandbox = SlowSandbox()
    on_demand, answers = OnDemand(cast("Sandbox", sandbox), 2), list[object]()
    threads = [ask(on_demand, answers) for _ in range(20)]
    refused = 20 - 2 * (1 + WAITING_FOR_EACH)
    until(lambda: len(answers) >= refused)
    assert answers == [ParsersBusy] * refused
    sandbox.go.set()
    for thread in threads:
        thread.join()
    assert answers.count(b"made") == 20 - refused
    assert sandbox.most == 2


def test_nobody_waits_for_ever() -> None:
    sandbox = SlowSandbox()
    on_demand, answers = OnDemand(cast("Sandbox", sandbox), 1, wait_seconds=0.05), list[object]()
    first = ask(on_demand, answers)
    assert sandbox.begun.acquire(timeout=60)
    with pytest.raises(ParsersBusy):
        on_demand.run("good", io.BytesIO(), {})
    sandbox.go.set()
    first.join()


def test_a_child_that_fails_gives_its_place_back() -> None:
    sandbox = SlowSandbox()
    sandbox.go.set()
    on_demand = OnDemand(cast("Sandbox", sandbox), 1, wait_seconds=0.05)
    for _ in range(6):
        with pytest.raises(ParserCrashed):
            on_demand.run("bad", io.BytesIO(), {})
    assert on_demand.run("good", io.BytesIO(), {}) == b"made"
