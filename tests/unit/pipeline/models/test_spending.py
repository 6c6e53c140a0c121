from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ModelUnavailable
from pipeline.model_settings import Prices
from pipeline.models.chat import ChatAnswer, ChatRequest, Message, complete
from pipeline.models.scripted import Script, ScriptedChatModel, Step
from pipeline.models.spending import Ledger, Noted, Priced, SharedClock, cost

PRICES = Prices(input_per_million=Decimal("0.20"), output_per_million=Decimal("0.60"), server_hour=Decimal("3.60"))


def answer(input_tokens: int = 1_000, output_tokens: int = 100) -> ChatAnswer:
    return ChatAnswer(text="", finish_reason="stop", input_tokens=input_tokens, output_tokens=output_tokens, model="m")


def ask() -> ChatRequest:
    return ChatRequest(messages=[Message(role="user", parts=["?"])], max_tokens=100)


def test_tokens_and_server_time_are_added() -> None:
    # 1,000 × 0.20 and 100 × 0.60 for a million tokens, and two seconds at 3.60 an hour.
    assert cost(PRICES, answer(), seconds=2.0) == Decimal("0.002260")


def test_no_prices_cost_nothing() -> None:
    assert cost(Prices(), answer(), seconds=1000.0) == 0


class Ticks:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_requests_side_by_side_share_the_time() -> None:
    ticks = Ticks()
    clock = SharedClock(ticks)
    first = clock.enter()
    ticks.now = 1.0
    second = clock.enter()
    ticks.now = 3.0
    assert clock.leave(first) == pytest.approx(1.0 + 2.0 / 2)
    ticks.now = 4.0
    assert clock.leave(second) == pytest.approx(2.0 / 2 + 1.0)


@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 10)), max_size=30))
def test_shares_add_up_to_the_time_in_which_anyone_was_busy(steps: list[tuple[bool, float]]) -> None:
    ticks, entered, charged, busy = Ticks(), [], 0.0, 0.0
    clock = SharedClock(ticks)
    for begins, seconds in steps:
        busy += seconds if entered else 0.0
        ticks.now += seconds
        if begins:
            entered.append(clock.enter())
        elif entered:
            charged += clock.leave(entered.pop(0))
    charged += sum(clock.leave(each) for each in entered)
    assert charged == pytest.approx(busy)


def test_an_answer_carries_its_cost() -> None:
    model = Priced(ScriptedChatModel(Script(steps=[Step(text="x" * 400)])), PRICES)
    got = complete(model, ask())
    assert got.output_tokens == 100
    assert got.cost >= Decimal("0.00006")
    assert got.seconds >= 0


def test_a_stream_that_is_not_read_to_its_end_leaves_the_clock() -> None:
    ticks = Ticks()
    clock = SharedClock(ticks)
    stream = iter(Priced(ScriptedChatModel(Script(steps=[Step(text="x" * 400)])), PRICES, clock).stream(ask()))
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator
    entered = clock.enter()
    ticks.now = 5.0
    assert clock.leave(entered) == 5.0


def test_a_ledger_sums_by_model() -> None:
    ledger = Ledger()
    model = Noted(ScriptedChatModel(Script(steps=[Step(text="abcd")], at_end="repeat")), ledger)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: complete(model, ask()), range(20)))
    [spent] = ledger.spent()
    assert (spent.model, spent.calls, spent.output_tokens) == ("scripted", 20, 20)
    assert spent.input_tokens == sum(each.input_tokens for each in answers)
    ledger.clear()
    assert ledger.spent() == []


def test_an_answer_that_is_broken_off_is_noted_as_far_as_it_went() -> None:
    ledger = Ledger()
    model = Noted(Priced(ScriptedChatModel(Script(steps=[Step(text="x" * 400)])), PRICES), ledger)
    stream = iter(model.stream(ask()))
    said = next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator
    [spent] = ledger.spent()
    assert (spent.calls, spent.output_tokens) == (1, len(str(said)) // 4)
    assert spent.input_tokens > 0
    assert spent.cost > 0


def test_a_model_that_says_nothing_costs_nothing() -> None:
    ledger = Ledger()
    with pytest.raises(ModelUnavailable):
        complete(Noted(ScriptedChatModel(Script(steps=[Step(behave="crash")])), ledger), ask())
    assert ledger.spent() == []
