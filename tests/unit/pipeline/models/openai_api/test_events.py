"""Events of a stream become an answer."""

import pytest

from pipeline.errors import ModelUnavailable
from pipeline.models.chat import ChatAnswer
from pipeline.models.openai_api.events import FINISH_REASONS, Assembly
from pipeline.models.tokens import Tokens


def event(text: str | None = None, finish: str | None = None, scores: list[dict] | None = None, **delta) -> dict:
    choice = {"delta": {"content": text, **delta}, "finish_reason": finish}
    return {"choices": [choice | ({"logprobs": {"content": scores}} if scores is not None else {})]}


def score(token: str, logprob: float = -0.5, data: list[int] | None = None) -> dict:
    return {"token": token, "logprob": logprob, "bytes": data}


def assemble(*events: object, scores: bool = False) -> ChatAnswer:
    assembly = Assembly(scores=scores, max_tokens=8)
    for each in events:
        assembly.add(each)
    return assembly.answer(model="m", server="s", prompt_tokens=7, tokens=Tokens())


def test_the_texts_behind_one_another_are_the_answer():
    answer = assemble(event("It"), event(), event(" is"), event(finish="stop"))
    assert (answer.text, answer.finish_reason) == ("It is", "stop")


@pytest.mark.parametrize(("said", "meant"), FINISH_REASONS.items())
def test_every_word_for_the_end_has_its_meaning(said, meant):
    assert assemble(event("x", finish=said)).finish_reason == meant


@pytest.mark.parametrize("said", ["abort", "error", "tool_calls"])
def test_another_word_for_the_end_is_no_answer(said):
    with pytest.raises(ModelUnavailable, match=said):
        assemble(event("x", finish=said))


def test_a_refusal_is_told_by_its_own_member_too():
    answer = assemble(event(refusal="I cannot."), event(finish="stop"))
    assert (answer.text, answer.finish_reason) == ("I cannot.", "refusal")


def test_usage_is_the_last_that_was_told():
    usage = {"prompt_tokens": 20, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": None}}
    answer = assemble(event("x", finish="stop"), {"choices": [], "usage": usage})
    assert (answer.input_tokens, answer.output_tokens, answer.cached_tokens) == (20, 3, 0)
    assert answer.metadata["usage"] == "told"


def test_where_no_usage_is_told_it_is_counted_and_says_so():
    answer = assemble(event("word " * 50, finish="length"))
    assert (answer.input_tokens, answer.output_tokens, answer.metadata["usage"]) == (7, 8, "estimated")


def test_scores_are_bytes_so_that_characters_may_be_split_among_tokens():
    euro = list("€".encode())
    answer = assemble(
        event("", scores=[score("\ufffd", data=euro[:1])]),
        event("€", scores=[score("\ufffd", data=euro[1:])]),
        event(finish="stop", scores=[score("<|eot|>")]),
        scores=True,
    )
    assert answer.scores is not None
    assert [part.data for part in answer.scores] == [bytes(euro[:1]), bytes(euro[1:])]


def test_scores_that_do_not_add_up_to_the_text_are_none():
    assert assemble(event("abc", finish="stop", scores=[score("ab"), score("d")]), scores=True).scores is None
    assert assemble(event("abc", finish="stop"), scores=True).scores is None


def test_a_logprob_above_zero_is_zero():
    answer = assemble(event("{", finish="stop", scores=[score("{", 1e-9)]), scores=True)
    assert answer.scores is not None
    assert answer.scores[0].logprob == 0.0


@pytest.mark.parametrize("data", [None, 3, "x", [], {"choices": {}}, event("x", scores=[score("x", data=[300])])])
def test_what_is_no_event_is_refused(data):
    with pytest.raises(ModelUnavailable, match="malformed"):
        Assembly(scores=True, max_tokens=8).add(data)


@pytest.mark.parametrize(
    "told", [{}, {"prompt_tokens": -20}, {"prompt_tokens": 10**30, "completion_tokens": 3}, {"prompt_tokens": "many"}]
)
def test_a_usage_that_cannot_be_true_is_counted_here_and_costs_no_answer(told):
    answer = assemble(event("x", finish="stop"), {"choices": [], "usage": told})
    assert (answer.text, answer.input_tokens, answer.metadata["usage"]) == ("x", 7, "estimated")


def test_half_a_surrogate_pair_is_no_text_that_could_be_written_down():
    answer = assemble(event("A\ud800"), event("b", finish="stop"))
    assert answer.text == "A?b"


def test_a_score_that_is_no_number_vouches_for_nothing():
    answer = assemble(event("ab", finish="stop", scores=[score("ab", float("nan"))]), scores=True)
    assert answer.scores is not None
    assert answer.scores[0].logprob == float("-inf")
