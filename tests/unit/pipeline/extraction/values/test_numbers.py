"""Numbers keep exactly the digits that are printed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extraction.values.numbers import find_numbers, parse_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("€ 2.321,00", "2321.00"),
        ("-20,48 €", "-20.48"),
        ("RM20.40", "20.40"),
        ("Rs 1939", "1939"),
        ("1,007.50", "1007.50"),
        ("120 000,00 €", "120000.00"),
        ("86,5500", "86.5500"),
        ("1'234.50 CHF", "1234.50"),
        ("EUR 1.234.567,89", "1234567.89"),
        ("-RM0.02", "-0.02"),
        ("€ -9,32", "-9.32"),
        ("5.00-", "-5.00"),
        ("(12.40)", "-12.40"),
        ("1,00,000.00", "100000.00"),
        ("0.052", "0.052"),
        ("A4 25.00 SR", "25.00"),
    ],
)
def test_an_amount_is_read_with_its_sign_and_its_decimals(text, value):
    assert [str(found.value) for found in find_numbers(text)] == [value]


@pytest.mark.parametrize("text", ["TX-471102", "16/11/2017", "06/2023", "B2B", "abc123def", "1.2.3.4,5,6"])
def test_digits_inside_words_dates_and_paths_are_no_numbers(text):
    assert find_numbers(text) == []


def test_one_separator_before_three_digits_is_what_the_document_uses():
    assert find_numbers("1,200", ".")[0].value == 1200
    assert find_numbers("1,200", ",")[0].value == Decimal("1.200")
    assert find_numbers("1,200", ".")[0].ambiguous


def test_a_currency_belongs_to_one_number_only():
    found = find_numbers("4,55 € 10% -20,48 €", ",")
    assert [(str(each.value), each.currency, each.percent) for each in found] == [
        ("4.55", "EUR", False),
        ("10", None, True),
        ("-20.48", "EUR", False),
    ]


def test_money_has_two_decimals_or_a_currency():
    flags = [found.money_like for found in find_numbers("12.40 and 7 and USD 7 and 19.00 %")]
    assert flags == [True, False, True, False]


@pytest.mark.parametrize("digits", ["1.23.456,7", "1,2,3.4", "12.3456.789"])
def test_impossible_grouping_is_no_number(digits):
    assert parse_number(digits) is None


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_both_styles_give_the_number_back(value):
    english = f"{value:,.2f}"
    german = english.replace(",", "_").replace(".", ",").replace("_", ".")
    for text in (english, german):
        assert [found.value for found in find_numbers(f"x {text} y")] == [value]
