import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.errors import ModelRejected, ModelTimeout
from pipeline.models.chat import ChatRequest, Message, complete
from pipeline.models.scripted import Script, ScriptedChatModel, Step


def scripted(*steps: Step, **options) -> ScriptedChatModel:
    return ScriptedChatModel(Script(steps=list(steps), **options))


def ask(text: str = "?", max_tokens: int = 100, timeout_seconds: float = 1.0) -> ChatRequest:
    messages = [Message(role="user", parts=[text])]
    return ChatRequest(messages=messages, max_tokens=max_tokens, timeout_seconds=timeout_seconds)


def test_steps_are_said_in_order() -> None:
    model = scripted(Step(text="one"), Step(text="two"))
    assert [complete(model, ask()).text for _ in range(2)] == ["one", "two"]


def test_an_exhausted_script_rejects() -> None:
    with pytest.raises(ModelRejected, match="no answer left"):
        complete(scripted(), ask())


def test_a_repeating_script_begins_again() -> None:
    model = scripted(Step(text="one"), Step(text="two"), at_end="repeat")
    assert [complete(model, ask()).text for _ in range(3)] == ["one", "two", "one"]


def test_a_step_with_when_waits_for_its_request() -> None:
    model = scripted(Step(text="three", when="page 3"), Step(text="any"))
    assert complete(model, ask("page 1")).text == "any"
    assert complete(model, ask("page 3")).text == "three"


def test_a_cut_answer_is_its_first_half() -> None:
    answer = complete(scripted(Step(behave="cut", text="12345678")), ask())
    assert (answer.text, answer.finish_reason) == ("1234", "length")


def test_a_loop_without_text_repeats_a_phrase() -> None:
    answer = complete(scripted(Step(behave="loop")), ask(max_tokens=40))
    assert answer.text.count("the same again") > 3
    assert answer.output_tokens == 40


def test_invalid_json_ends_as_if_it_were_whole() -> None:
    answer = complete(scripted(Step(behave="invalid", value={"a": [1, 2]})), ask())
    assert answer.finish_reason == "stop"
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.text)


def test_a_slow_step_waits_no_longer_than_the_request() -> None:
    slept: list[float] = []
    model = ScriptedChatModel(Script(steps=[Step(behave="slow", seconds=60, text="x")]), sleep=slept.append)
    with pytest.raises(ModelTimeout):
        complete(model, ask(timeout_seconds=2.0))
    assert sum(slept) == 2.0


def test_a_cut_never_leaves_half_a_character() -> None:
    answer = complete(scripted(Step(text="é€" * 50)), ask(max_tokens=3))
    assert "�" not in answer.text
    assert len(answer.text.encode()) <= 12


def test_each_step_is_taken_once_by_concurrent_requests() -> None:
    model = scripted(*(Step(text=str(number)) for number in range(200)))
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: complete(model, ask()).text, range(200)))
    assert sorted(said, key=int) == [str(number) for number in range(200)]
