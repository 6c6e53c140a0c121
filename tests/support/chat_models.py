"""The contract of the port `ChatModel`: test classes, with one subclass for each adapter.

`ChatModelContract` holds for any model, whatever its weights say. `ScriptedBehaviour` needs a model that says, and
fails, as the test wants.
"""

import io
import json
import time
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonschema
import pytest
from PIL import Image, ImageDraw

from pipeline.errors import ContextExceeded, JobCancelled, LeaseLost, ModelRejected, ModelTimeout, ModelUnavailable
from pipeline.models.chat import ChatAnswer, ChatModel, ChatRequest, ImagePart, Message, complete
from pipeline.models.scripted import Step

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"kind": {"enum": ["invoice", "receipt"]}, "paid": {"type": "boolean"}},
    "required": ["kind", "paid"],
    "additionalProperties": False,
}
VALUE = {"kind": "receipt", "paid": True}


def page(width: int = 1344, height: int = 1008) -> ImagePart:
    """A bitmap with something on it."""
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).rectangle((50, 50, width // 2, height // 2), fill="black")
    out = io.BytesIO()
    image.save(out, "JPEG")
    return ImagePart(data=out.getvalue(), media_type="image/jpeg", width=width, height=height)


PAGE = page()


def user(*parts: str | ImagePart) -> Message:
    return Message(role="user", parts=parts)


def ask(text: str = "What is the total?", **options: Any) -> ChatRequest:
    return ChatRequest(messages=[user(text)], **{"max_tokens": 64, **options})


class _Contract(ABC):
    @abstractmethod
    def model(self, *steps: Step) -> ChatModel:
        """A model; where it is scripted, one that answers as the steps say."""


class ChatModelContract(_Contract):
    """What every adapter does, whatever its model says. The steps are for scripted ones; a live one ignores them."""

    def seeing(self, *steps: Step) -> ChatModel:
        """A model that sees images."""
        model = self.model(*steps)
        if not model.capabilities.images:
            pytest.skip("this model sees no images")
        return model

    def test_an_answer_comes_with_its_usage_and_the_models_name(self) -> None:
        model = self.model(Step(text="It is 12.50."))
        request = ask(max_tokens=16)
        answer = complete(model, request)
        assert answer.model == model.name
        assert answer.finish_reason in {"stop", "length"}
        assert answer.input_tokens == model.count_tokens(request.messages)
        assert 0 < answer.output_tokens <= request.max_tokens

    def test_json_that_fits_the_schema_it_was_given(self) -> None:
        model = self.model(Step(value=VALUE))
        if not model.capabilities.json_schema:
            pytest.skip("this server may ignore schemas")
        answer = complete(model, ask(json_schema=SCHEMA, max_tokens=200))
        assert answer.finish_reason == "stop"
        jsonschema.validate(json.loads(answer.text), SCHEMA)

    def test_messages_of_texts_and_images_are_taken_and_charged_as_counted(self) -> None:
        model = self.seeing(Step(text="ok"))
        messages = [Message(role="system", parts=["Read."]), user("Page 1", PAGE, "Page 2", page(600, 800))]
        answer = complete(model, ChatRequest(messages=messages, max_tokens=8))
        assert answer.input_tokens == model.count_tokens(messages)
        assert answer.input_tokens > 300

    def test_a_conversation_of_several_turns_is_taken(self) -> None:
        turns = [user("What is it?"), Message(role="assistant", parts=["An invoice."]), user("Whose? Grüße, 契約")]
        assert complete(self.model(Step(text="ok")), ChatRequest(messages=turns, max_tokens=8)).output_tokens > 0

    def test_more_text_counts_more_tokens(self) -> None:
        model = self.model()
        short, long = (model.count_tokens([user("word " * n)]) for n in (10, 100))
        assert 0 < short < long

    def test_images_count_as_llama_4_charges_them(self) -> None:
        model = self.seeing()
        one, two = (model.count_tokens([user("x", *pages)]) for pages in ([PAGE], [PAGE, PAGE]))
        assert two - one == pytest.approx(model.tokens.image(PAGE.width, PAGE.height), abs=4)

    def test_an_answer_is_no_longer_than_asked_for(self) -> None:
        answer = complete(self.model(Step(text="word " * 500)), ask(max_tokens=4))
        assert answer.output_tokens <= 4

    def test_the_pieces_of_a_stream_are_the_answer_and_the_answer_is_last(self) -> None:
        *pieces, last = self.model(Step(text="word " * 20)).stream(ask(max_tokens=24))
        assert isinstance(last, ChatAnswer)
        assert all(isinstance(piece, str) and piece for piece in pieces)
        assert "".join(str(piece) for piece in pieces) == last.text

    def test_scores_add_up_to_the_text(self) -> None:
        model = self.model(Step(value=VALUE))
        if not model.capabilities.scores:
            pytest.skip("this model gives no scores")
        answer = complete(model, ask(json_schema=SCHEMA, max_tokens=200, scores=True))
        assert answer.scores is not None
        assert b"".join(score.data for score in answer.scores).decode() == answer.text
        assert all(score.logprob <= 0.0 for score in answer.scores)
        assert answer.scores[0].logprob == 0.0  # the brace is forced

    def test_scores_come_only_where_they_are_wanted(self) -> None:
        assert complete(self.model(Step(text="ok")), ask(max_tokens=8)).scores is None

    def test_a_prompt_beyond_the_context_is_told_apart(self) -> None:
        model = self.model(Step(text="never said"))
        with pytest.raises(ContextExceeded) as caught:
            complete(model, ask("word " * model.capabilities.context_tokens))
        assert not caught.value.retryable

    def test_no_answer_in_time_is_a_timeout_that_may_be_tried_again(self) -> None:
        with pytest.raises(ModelTimeout) as caught:
            complete(self.model(Step(behave="slow", seconds=5, text="late")), ask(timeout_seconds=0.001))
        assert caught.value.retryable

    def test_a_request_that_nobody_wants_any_more_is_not_answered(self) -> None:
        with pytest.raises(JobCancelled):
            complete(self.model(Step(text="word " * 50)), ask(), lambda: True)

    def test_what_the_caller_raises_when_asked_is_passed_on(self) -> None:
        def stopped() -> bool:
            raise LeaseLost

        with pytest.raises(LeaseLost):
            complete(self.model(Step(text="word " * 50)), ask(), stopped)

    def test_an_answer_that_is_left_does_not_hold_up_the_next(self) -> None:
        model = self.model(Step(text="word " * 50), Step(text="next"))
        stream = model.stream(ask(max_tokens=60))
        next(stream)
        stream.close()  # type: ignore[attr-defined] - iterators of this port are generators
        assert complete(model, ask(max_tokens=8)).output_tokens > 0

    def test_threads_can_share_it(self) -> None:
        model = self.model(*[Step(text="ok")] * 8)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda n: complete(model, ask("word " * n, max_tokens=8)), range(1, 9)))
        assert [answer.input_tokens for answer in answers] == sorted({answer.input_tokens for answer in answers})


class ScriptedBehaviour(_Contract):
    """What an adapter makes of what a model says and how it fails."""

    def test_the_text_is_the_models_to_the_letter(self) -> None:
        text = 'It is 12.50 €. "Grüße", 契約 🙂\n\tdone'
        assert complete(self.model(Step(text=text)), ask()).text == text

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

    def test_an_answer_that_does_not_fit_the_schema_is_handed_on_as_it_is(self) -> None:
        answer = complete(self.model(Step(behave="invalid", value=VALUE)), ask(json_schema=SCHEMA))
        assert (answer.text, answer.finish_reason) == (json.dumps(VALUE)[:-1], "stop")

    def test_a_slow_answer_in_time_is_an_answer(self) -> None:
        answer = complete(self.model(Step(behave="slow", seconds=0.01, text="there")), ask(timeout_seconds=10))
        assert answer.text == "there"

    def test_an_answer_comes_in_pieces(self) -> None:
        assert len(list(self.model(Step(text="word " * 20)).stream(ask()))) > 2

    def test_a_dead_server_is_unavailable_and_may_be_tried_again(self) -> None:
        model = self.model(Step(behave="crash"), Step(text="back"))
        with pytest.raises(ModelUnavailable) as caught:
            complete(model, ask())
        assert caught.value.retryable
        assert complete(model, ask()).text == "back"

    def test_a_request_the_server_rejects_is_not_tried_again(self) -> None:
        with pytest.raises(ModelRejected, match="bad grammar") as caught:
            complete(self.model(Step(behave="reject", text="bad grammar")), ask())
        assert not caught.value.retryable

    def test_a_stopped_request_ends_while_nothing_arrives(self) -> None:
        model = self.model(Step(behave="slow", seconds=30, text="late"))
        asked: list[float] = []

        def stopped() -> bool:
            asked.append(time.monotonic())
            return len(asked) > 1

        with pytest.raises(JobCancelled):
            complete(model, ask(timeout_seconds=60), stopped)
        assert asked[-1] - asked[0] < 25
