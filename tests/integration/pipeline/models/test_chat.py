"""The contract of the port `ChatModel`: one test class, one subclass for each adapter."""

import json
from abc import ABC, abstractmethod
from pathlib import Path

import jsonschema
import pytest

from pipeline.errors import ModelRejected, ModelTimeout, ModelUnavailable, SettingsError
from pipeline.models.chat import ChatAnswer, ChatModel, ChatRequest, ImagePart, Message
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
        answer = model.complete(request)
        assert (answer.text, answer.finish_reason, answer.model) == ("It is 12.50.", "stop", model.name)
        assert answer.input_tokens == model.count_tokens(request.messages)
        assert 0 < answer.output_tokens <= request.max_tokens

    def test_answers_with_json_that_fits_the_schema_it_was_given(self) -> None:
        answer = self.model(Step(value={"total": 12.5})).complete(ask(json_schema=SCHEMA))
        jsonschema.validate(json.loads(answer.text), SCHEMA)

    def test_takes_messages_of_texts_and_images(self) -> None:
        messages = [
            Message(role="system", parts=["Read."]),
            Message(role="user", parts=["Page 1", PIXEL, "Page 2", PIXEL]),
        ]
        answer = self.model(Step(text="ok")).complete(ChatRequest(messages=messages, max_tokens=8))
        assert isinstance(answer, ChatAnswer)
        assert answer.input_tokens > 100

    def test_counts_more_tokens_for_more_text_and_for_an_image(self) -> None:
        model = self.model()
        short, long = (model.count_tokens([Message(role="user", parts=["word " * n])]) for n in (10, 100))
        pictured = model.count_tokens([Message(role="user", parts=["word " * 10, PIXEL])])
        assert 0 < short < long
        assert pictured > short + 100

    def test_an_answer_longer_than_max_tokens_is_cut_and_says_so(self) -> None:
        answer = self.model(Step(text="word " * 500)).complete(ask(max_tokens=16))
        assert answer.finish_reason == "length"
        assert answer.output_tokens <= 16

    def test_a_repeating_answer_ends_at_max_tokens(self) -> None:
        answer = self.model(Step(behave="loop", text="again ")).complete(ask(max_tokens=30))
        assert answer.finish_reason == "length"
        assert answer.text.count("again") > 5

    def test_a_refusal_is_an_answer_with_that_finish_reason(self) -> None:
        assert self.model(Step(behave="refuse")).complete(ask()).finish_reason == "refusal"

    def test_no_answer_in_time_is_a_timeout_that_may_be_tried_again(self) -> None:
        with pytest.raises(ModelTimeout) as caught:
            self.model(Step(behave="slow", seconds=5, text="late")).complete(ask(timeout_seconds=0.01))
        assert caught.value.retryable

    def test_a_slow_answer_in_time_is_an_answer(self) -> None:
        answer = self.model(Step(behave="slow", seconds=0.01, text="there")).complete(ask(timeout_seconds=5))
        assert answer.text == "there"

    def test_a_dead_server_is_unavailable_and_may_be_tried_again(self) -> None:
        model = self.model(Step(behave="crash"), Step(text="back"))
        with pytest.raises(ModelUnavailable) as caught:
            model.complete(ask())
        assert caught.value.retryable
        assert model.complete(ask()).text == "back"

    def test_a_request_the_server_rejects_is_not_tried_again(self) -> None:
        with pytest.raises(ModelRejected) as caught:
            self.model(Step(behave="reject", text="bad grammar")).complete(ask())
        assert not caught.value.retryable

    def test_a_prompt_beyond_the_context_is_rejected(self) -> None:
        model = self.model(Step(text="never said"))
        with pytest.raises(ModelRejected):
            model.complete(ask("word " * model.context_tokens))


class TestScripted(ChatModelContract):
    def model(self, *steps: Step) -> ChatModel:
        return ScriptedChatModel(Script(steps=list(steps), context_tokens=8_000))


def test_a_script_file_makes_the_model(tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    path.write_text('{"model": "m-1", "steps": [{"value": {"total": 3}}]}')
    model = ScriptedChatModel(load_script(path))
    assert model.name == "m-1"
    assert json.loads(model.complete(ask()).text) == {"total": 3}


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
