"""One request: what is made of what comes back."""

import pytest

from pipeline.errors import JobCancelled, ModelTimeout, ModelUnavailable
from pipeline.extraction.model.asking import ask
from pipeline.models.chat import ChatRequest, Message
from pipeline.models.scripted import Script, ScriptedChatModel, Step

REQUEST = ChatRequest(messages=[Message(role="user", parts=["What?"])], max_tokens=20_000, timeout_seconds=5)


def heard(step, stopped=lambda: False):
    model = ScriptedChatModel(Script(steps=[Step(**step)]), sleep=lambda _: None)
    return ask(model, REQUEST, stopped)


def test_an_answer_is_read():
    found = heard({"value": {"total": 12.5}})
    assert found.ending == "stop"
    assert found.parsed.value["total"] == 12.5


def test_a_loop_is_ended_long_before_the_limit():
    found = heard({"behave": "loop"})
    assert found.ending == "loop"
    assert len(found.text) < 2_000


def test_a_cut_answer_keeps_what_was_whole():
    found = heard({"behave": "cut", "text": '{"rows": [1, 2, 3, 4, 5, 6, 7, 8]}'})
    assert found.ending == "length"
    assert not found.parsed.whole
    assert found.parsed.open_array == ("rows",)


def test_a_refusal_is_not_read():
    found = heard({"behave": "refuse", "text": "{}"})
    assert (found.ending, found.parsed) == ("refusal", None)


@pytest.mark.parametrize("text", ["Sure! Here it is.", ""])
def test_what_is_no_json_is_said_to_be_none(text):
    found = heard({"text": text})
    assert found.ending == "stop"
    assert found.parsed is None or not found.parsed.whole


def test_a_markdown_fence_is_looked_through():
    found = heard({"text": '```json\n{"a": 1}\n```'})
    assert found.parsed.value == {"a": 1}
    assert found.text[found.offset :].startswith('{"a"')


def test_a_server_that_breaks_down_and_a_stopped_job_come_out_as_they_are():
    with pytest.raises(ModelUnavailable):
        heard({"behave": "crash"})
    with pytest.raises(JobCancelled):
        heard({"value": {"a": "b" * 100}}, stopped=lambda: True)


def test_silence_until_the_time_is_over_is_a_time_out():
    with pytest.raises(ModelTimeout):
        heard({"behave": "slow", "seconds": 60, "value": 1})
