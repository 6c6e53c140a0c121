import threading
import time
from collections.abc import Iterator

import pytest

from pipeline.errors import JobCancelled, ModelUnavailable
from pipeline.models.chat import Capabilities, ChatAnswer, ChatRequest, Message, complete
from pipeline.models.feeding import Feeder, at_once, line
from pipeline.models.scripted import Script, ScriptedChatModel, Step


class Slow(ScriptedChatModel):
    """Answers when it is told to, and counts."""

    def __init__(self, parallel: int = 4) -> None:
        super().__init__(Script(steps=[Step(text="yes, of course it is so")], at_end="repeat"))
        self.parallel = parallel
        self.go = threading.Event()
        self.lock = threading.Lock()
        self.inside = 0
        self.most = 0
        self.order: list[str] = []
        self.fails = False

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(context_tokens=10_000, images=0, parallel=self.parallel)

    def stream(self, request: ChatRequest, stopped=lambda: False) -> Iterator[str | ChatAnswer]:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.order.append(str(request.messages[-1].parts[0]))
        try:
            assert self.go.wait(120)
            if self.fails:
                raise ModelUnavailable
            yield from super().stream(request, stopped)
        finally:
            with self.lock:
                self.inside -= 1


def request(text: str, schema: bool = False) -> ChatRequest:
    messages = [Message(role="system", parts=["Be exact."]), Message(role="user", parts=[text])]
    return ChatRequest(messages=messages, max_tokens=100, json_schema={"type": "object"} if schema else None)


def ask_all(model, texts: list[str], schema: bool = False) -> list[threading.Thread]:
    threads = [threading.Thread(target=complete, args=(model, request(text, schema))) for text in texts]
    for thread in threads:
        thread.start()
    return threads


def until(condition) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def test_as_many_requests_run_as_keep_the_model_busy() -> None:
    model = Slow(parallel=4)
    threads = ask_all(Feeder(model), [str(n) for n in range(30)])
    until(lambda: model.inside == at_once(4))
    model.go.set()
    join(threads)
    assert model.most == at_once(4)
    assert len(model.order) == 30


def test_the_first_of_a_schema_goes_alone() -> None:
    model = Slow()
    feeder = Feeder(model)
    threads = ask_all(feeder, ["1", "2", "3"], schema=True)
    until(lambda: model.inside == 1)
    time.sleep(0.05)
    assert model.inside == 1
    model.go.set()
    join(threads)
    assert len(model.order) == 3


def test_nobody_waits_for_ever_for_the_first_of_a_schema() -> None:
    model = Slow()
    times = iter([0.0, 0.0, *[1_000.0] * 1_000])
    threads = ask_all(Feeder(model, clock=lambda: next(times)), ["1", "2"], schema=True)
    until(lambda: model.inside == 2)
    model.go.set()
    join(threads)


def test_lines_take_turns_and_urgent_ones_go_first() -> None:
    model = Slow()
    feeder = Feeder(model, limit=1)
    batch = ask_all(line(feeder, "long"), ["long"] * 3)
    until(lambda: model.inside == 1)
    urgent = ask_all(line(feeder, "person", urgent=True), ["urgent"])
    until(lambda: model.inside == 2)
    model.go.set()
    join(batch + urgent)
    assert model.order[:2] == ["long", "urgent"]


def test_a_model_that_takes_no_turns_is_its_own_line() -> None:
    model = Slow()
    assert line(model, "anyone") is model


def test_a_cancelled_request_leaves_its_place() -> None:
    model = Slow()
    feeder = Feeder(model, limit=1)
    threads = ask_all(feeder, ["first"])
    until(lambda: model.inside == 1)
    with pytest.raises(JobCancelled):
        complete(feeder, request("second"), lambda: True)
    model.go.set()
    join(threads)
    assert complete(feeder, request("third")).text
    assert model.order == ["first", "third"]


def test_a_failure_is_passed_on_and_gives_its_place_back() -> None:
    model = Slow()
    model.go.set()
    model.fails = True
    feeder = Feeder(model, limit=1)
    for _ in range(3):
        with pytest.raises(ModelUnavailable):
            complete(feeder, request("x", schema=True))


def test_an_answer_that_is_not_read_to_its_end_gives_its_place_back() -> None:
    model = Slow()
    model.go.set()
    feeder = Feeder(model, limit=1)
    for _ in range(3):
        stream = feeder.stream(request("x"))
        assert next(stream)
        stream.close()  # type: ignore[attr-defined]


def test_a_line_does_not_close_the_model_of_the_others() -> None:
    feeder = Feeder(Slow())
    closed = []
    feeder._model.close = lambda: closed.append(True)  # type: ignore[method-assign]
    line(feeder, "one").close()
    assert closed == []
    feeder.close()
    assert closed == [True]
