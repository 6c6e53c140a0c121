import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from pipeline.errors import ModelError, ModelUnavailable
from pipeline.models.chat import ChatRequest
from pipeline.models.transformers_chat.batches import OUT_OF_MEMORY, Batches
from pipeline.models.transformers_chat.turn import Prompt, Turn, Word

SECONDS = 10.0
END = Word(data=b"", ends=True)


def turn(prompt: int = 1, answer: int = 9) -> Turn:
    return Turn(Prompt(ids=[0] * prompt), ChatRequest(messages=[], max_tokens=answer))


class Model:
    """Answers batches once it is let; notes which turns came together."""

    def __init__(self) -> None:
        self.batches: list[list[Turn]] = []
        self.busy = threading.Event()
        self.let = threading.Event()
        self.act: Callable[[Sequence[Turn]], None] = self.answer

    def generate(self, turns: Sequence[Turn]) -> None:
        self.batches.append(list(turns))
        self.busy.set()
        assert self.let.wait(SECONDS)
        self.act(turns)

    @staticmethod
    def answer(turns: Sequence[Turn]) -> None:
        for each in turns:
            each.say(0, END, 0.0)


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def batches(model: Model) -> Iterator[Batches]:
    made = Batches(model.generate, most=3, tokens=100, waiting=6)
    yield made
    model.let.set()
    made.close()


def occupy(model: Model, batches: Batches) -> Turn:
    """A batch of one that lets the others wait."""
    first = turn()
    assert batches.submit(first, SECONDS)
    assert model.busy.wait(SECONDS)
    return first


def hear_out(turn: Turn) -> None:
    while not turn.heard:
        turn.hear(SECONDS)


def finish(model: Model, *turns: Turn) -> None:
    model.let.set()
    for each in turns:
        hear_out(each)


def test_what_waits_is_answered_together_the_oldest_first(model: Model, batches: Batches) -> None:
    first = occupy(model, batches)
    waiting = [turn() for _ in range(5)]
    assert all(batches.submit(each, SECONDS) for each in waiting)
    finish(model, *waiting)
    assert model.batches == [[first], waiting[:3], waiting[3:]]


def test_a_padded_batch_stays_within_its_tokens_and_smaller_ones_may_pass(model: Model, batches: Batches) -> None:
    first = occupy(model, batches)
    long, longer, short = turn(41), turn(60), turn(1)
    assert all(batches.submit(each, SECONDS) for each in (long, longer, short))
    finish(model, long, longer, short)
    assert model.batches == [[first], [long, short], [longer]]


def test_one_that_fills_a_batch_alone_is_answered_alone(model: Model, batches: Batches) -> None:
    first = occupy(model, batches)
    huge, small = turn(91), turn(1)
    assert all(batches.submit(each, SECONDS) for each in (huge, small))
    finish(model, huge, small)
    assert model.batches == [[first], [huge], [small]]


def test_who_is_not_listened_to_any_more_is_left_out(model: Model, batches: Batches) -> None:
    first = occupy(model, batches)
    gone, waiting = turn(), turn()
    assert all(batches.submit(each, SECONDS) for each in (gone, waiting))
    gone.abandon()
    finish(model, waiting)
    assert model.batches == [[first], [waiting]]


def test_only_so_many_wait_and_a_place_becomes_free_again(model: Model, batches: Batches) -> None:
    occupy(model, batches)
    waiting = [turn() for _ in range(6)]
    assert all(batches.submit(each, SECONDS) for each in waiting)
    late = turn()
    assert not batches.submit(late, 0.0)
    model.let.set()
    assert batches.submit(late, SECONDS)
    finish(model, late)


def test_an_error_is_every_turns_of_its_batch_and_no_others(model: Model, batches: Batches) -> None:
    def fail(turns: Sequence[Turn]) -> None:
        model.act = model.answer
        raise ModelUnavailable("the model failed")

    model.act = fail
    first = occupy(model, batches)
    second = turn()
    assert batches.submit(second, SECONDS)
    finish(model, second)
    assert second.finish == "stop"
    with pytest.raises(ModelUnavailable, match="the model failed"):
        first.hear(SECONDS)


def test_a_batch_that_memory_does_not_hold_is_halved(model: Model, batches: Batches) -> None:
    def short(turns: Sequence[Turn]) -> None:
        if len(turns) > 1:
            raise ModelUnavailable("out of memory", reason=OUT_OF_MEMORY)
        model.answer(turns)

    model.act = short
    occupy(model, batches)
    waiting = [turn() for _ in range(3)]
    assert all(batches.submit(each, SECONDS) for each in waiting)
    finish(model, *waiting)
    assert [len(batch) for batch in model.batches] == [1, 3, 1, 2, 1, 1]
    assert [each.finish for each in waiting] == ["stop"] * 3


@pytest.mark.parametrize("spoken", [0, 1])
def test_what_memory_does_not_hold_alone_or_once_it_spoke_is_an_error(
    model: Model, batches: Batches, spoken: int
) -> None:
    def short(turns: Sequence[Turn]) -> None:
        for each in turns[:spoken]:
            each.say(0, Word(data=b"a"), 0.0)
        raise ModelUnavailable("out of memory", reason=OUT_OF_MEMORY)

    model.act = short
    occupy(model, batches)
    waiting = [turn(), turn()]
    assert all(batches.submit(each, SECONDS) for each in waiting)
    model.let.set()
    for each in waiting:
        with pytest.raises(ModelUnavailable) as caught:
            hear_out(each)
        assert caught.value.facts["reason"] == OUT_OF_MEMORY


def test_a_model_that_ends_without_an_answer_leaves_nobody_waiting(model: Model, batches: Batches) -> None:
    model.act = lambda turns: None
    first = occupy(model, batches)
    model.let.set()
    with pytest.raises(ModelError, match="without an answer"):
        first.hear(SECONDS)


def test_who_waits_when_it_is_closed_is_told_and_who_comes_later_too(model: Model) -> None:
    batches = Batches(model.generate, most=1, tokens=100, waiting=6)
    occupy(model, batches)
    waiting = turn()
    assert batches.submit(waiting, SECONDS)
    threading.Timer(0.05, model.let.set).start()
    batches.close()
    with pytest.raises(ModelUnavailable, match="shut down"):
        waiting.hear(SECONDS)
    with pytest.raises(ModelUnavailable, match="shut down"):
        batches.submit(turn(), SECONDS)
