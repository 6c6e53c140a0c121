"""How sure a model was of a value is told by the tokens that spell it, and by no other."""

from math import exp, log

import pytest

from pipeline.extraction.model.partial_json import parse
from pipeline.extraction.model.probabilities import value_probabilities
from pipeline.models.chat import TokenScore


def scored(*tokens):
    scores = [TokenScore(data=text.encode(), logprob=logprob) for text, logprob in tokens]
    text = "".join(text for text, _ in tokens)
    return value_probabilities(text, parse(text).spans, scores)


def test_forced_tokens_and_those_around_a_value_say_nothing():
    found = scored(('{"total', -9.0), ('":', 0.0), (" ", -8.0), ("12", log(0.9)), (".50", log(0.4)), ("}", 0.0))
    assert found[("total",)] == pytest.approx((0.9 * 0.4) ** 0.5)


def test_a_value_that_was_forced_altogether_has_no_probability():
    assert scored(('{"a":', -1.0), ("true", 0.0), ("}", 0.0)) == {}


def test_a_token_that_holds_the_end_of_a_value_and_more_belongs_to_it():
    found = scored(('{"a": "', -5.0), ("Ac", log(0.5)), ('me"}', log(0.5)))
    assert found[("a",)] == pytest.approx(exp((-5.0 + 2 * log(0.5)) / 3))


def test_bytes_are_counted_and_not_characters():
    found = scored(('{"é": "', 0.0), ("Zürich", log(0.25)), ('", "n": ', 0.0), ("5", log(0.5)), ("}", 0.0))
    assert found == {("é",): pytest.approx(0.25), ("n",): pytest.approx(0.5)}


def test_tokens_that_do_not_spell_the_answer_are_not_believed():
    text = '{"a": 1}'
    assert value_probabilities(text, parse(text).spans, [TokenScore(data=b'{"a": 2}', logprob=-0.1)]) == {}
