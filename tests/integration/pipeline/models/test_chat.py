"""The contract of the port `ChatModel`: one test class, one subclass for each adapter."""

import json
import time
from abc import ABC, abstractmethod
from pathlib import Path

import jsonschema
import pytest

from pipeline.errors import ContextExceeded, JobCancelled, ModelRejected, ModelTimeout, ModelUnavailable, SettingsError
from pipeline.models.chat import ChatAnswer, ChatModel, ChatRequest, ImagePart, Message, complete
from pipeline.models.scripted import Script, ScriptedChatModel, Step, load_script

SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}
PIXEL = ImagePart(data=b"\xff\xd8", media_type="image/jpeg", width=1344, height=1008)


def ask(text: str = "What is the total?", **options) -> ChatRequest:
    return ChatRequest(messages=[Message(role="user", parts=[text])], **{"max_tokens": 64, **options})


class ChatModelContract(ABC):
    """Every adapter of `ChatModel` passes it; a subclass prepares a model that will answer as the steps say."""

    @abstractmethod
    def model(self, *steps: Step) -> ChatModel: ...

    def test_answers_a_request_with_text_usage_and_its_name(self) -> None:
        model = self.model(Step(text="It is 12.50."))
        request = ask()
        answer = complete(model, request)
        assert (answer.text, answer.finish_reason, answer.model) == ("It is 12.50.", "stop", model.name)
        assert answer.input_tokens == model.count_tokens(request.messages)
        assert 0 < answer.output_tokens <= request.max_tokens

    def test_answers_with_json_that_fits_the_schema_it_was_given(self) -> None:
        answer = complete(self.model(Step(value={"total": 12.5})), ask(json_schema=SCHEMA))
        jsonschema.validate(json.loads(answer.text), SCHEMA)

    def test_takes_messages_of_texts_and_images(self) -> None:
        messages = [
            Message(role="system", parts=["Read."]),
            Message(role="user", parts=["Page 1", PIXEL, "Page 2", PIXEL]),
        ]
        answer = complete(self.model(Step(text="ok")), ChatRequest(messages=messages, max_tokens=8))
        assert isinstance(answer, ChatAnswer)
        assert answer.input_tokens > 100

    def test_counts_more_tokens_for_more_text_and_for_an_image(self) -> None:
        model = self.model()
        short, long = (model.count_tokens([Message(role="user", parts=["word " * n])]) for n in (10, 100))
        pictured = model.count_tokens([Message(role="user", parts=["word " * 10, PIXEL])])
        assert 0 < short < long
        assert pictured > short + 100

    def test_an_answer_longer_than_max_tokens_is_cut_and_says_so(self) -> None:
        answer = complete(self.model(Step(text="word " * 500)), ask(max_tokens=16))
        assert answer.finish_reason == "length"
        assert answer.output_tokens <= 16

    def test_a_repeating_answer_ends_at_max_tokens(self) -> None:
        answer = complete(self.model(Step(behave="loop", text="again ")), ask(max_tokens=30))
        assert answer.finish_reason == "length"
        assert answer.text.count("again") > 5

    def test_a_refusal_is_an_answer_with_that_finish_reason(self) -> None:
        assert complete(self.model(Step(behave="refuse")), ask()).finish_reason == "refusal"

    def test_no_answer_in_time_is_a_timeout_that_may_be_tried_again(self) -> None:
        with pytest.raises(ModelTimeout) as caught:
            complete(self.model(Step(behave="slow", seconds=5, text="late")), ask(timeout_seconds=0.01))
        assert caught.value.retryable

    def test_a_slow_answer_in_time_is_an_answer(self) -> None:
        answer = complete(self.model(Step(behave="slow", seconds=0.01, text="there")), ask(timeout_seconds=5))
        assert answer.text == "there"

    def test_a_dead_server_is_unavailable_and_may_be_tried_again(self) -> None:
        model = self.model(Step(behave="crash"), Step(text="back"))
        with pytest.raises(ModelUnavailable) as caught:
            complete(model, ask())
        assert caught.value.retryable
        assert complete(model, ask()).text == "back"

    def test_a_request_the_server_rejects_is_not_tried_again(self) -> None:
        with pytest.raises(ModelRejected) as caught:
            complete(self.model(Step(behave="reject", text="bad grammar")), ask())
        assert not caught.value.retryable

    def test_a_prompt_beyond_the_context_is_rejected(self) -> None:
        model = self.model(Step(text="never said"))
        with pytest.raises(ContextExceeded):
            complete(model, ask("word " * model.capabilities.context_tokens))

    def test_the_pieces_of_a_stream_are_the_answer_and_the_answer_is_last(self) -> None:
        *pieces, last = self.model(Step(text="word " * 20)).stream(ask())
        assert isinstance(last, ChatAnswer)
        assert len(pieces) > 1
        assert "".join(str(piece) for piece in pieces) == last.text

    def test_a_stopped_request_ends_while_nothing_arrives(self) -> None:
        model = self.model(Step(behave="slow", seconds=30, text="late"))
        asked: list[float] = []

        def stopped() -> bool:
            asked.append(time.monotonic())
            return len(asked) > 1

        with pytest.raises(JobCancelled):
            complete(model, ask(timeout_seconds=60), stopped)
        assert asked[-1] - asked[0] < 5


class TestScripted(ChatModelContract):
    def model(self, *steps: Step) -> ChatModel:
        return ScriptedChatModel(Script(steps=list(steps), context_tokens=8_000))


def test_a_script_file_makes_the_model(tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    path.write_text('{"model": "m-1", "steps": [{"value": {"total": 3}}]}')
    model = ScriptedChatModel(load_script(path))
    assert model.name == "m-1"
    assert json.loads(complete(model, ask()).text) == {"total": 3}


@pytest.mark.parametrize(
    ("content", "told"),
    [("{", "the file"), ('{"steps": [{"behave": "sing"}]}', "steps.0.behave"), ('{"steps": [], "tempo": 1}', "tempo")],
)
def test_a_file_that_is_no_script_is_a_settings_error_naming_the_fault(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "script.json"
    path.write_text(content)
    with pytest.raises(SettingsError, match=told):
        load_script(path)


def test_a_missing_script_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"chat\.path"):
        load_script(tmp_path / "none.json")
