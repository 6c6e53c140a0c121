"""Currencies are told by symbols, codes and names."""

import pytest

from pipeline.extraction.values.currencies import currency_code, find_currencies


@pytest.mark.parametrize(
    ("text", "code"), [("€", "EUR"), ("US$", "USD"), ("rm", "MYR"), ("Rs.", "INR"), ("chf", "CHF"), ("Euros", "EUR")]
)
def test_a_symbol_stands_for_a_code(text, code):
    assert currency_code(text) == code


def test_what_is_no_currency_stands_for_none():
    assert currency_code("ABC") is None


def test_the_longer_symbol_wins_and_words_are_not_torn_apart():
    assert [code for _, _, code in find_currencies("A$ 5, RM5, FORM, EUROPE, CA$ 3")] == ["AUD", "MYR", "CAD"]
