"""When a value is right."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.values import holds, same, similarity


@pytest.mark.parametrize(
    ("kind", "truth", "value"),
    [
        ("date", "12 March 2026", "2026-03-12"),
        ("date", "12.03.26", "2026-03-12"),
        ("date", "03/12/2026", "2026-03-12"),
        ("date", "20260312", "2026-03-12"),
        ("number", "1.234,50 €", Decimal("1234.50")),
        ("number", "$1,234.50", Decimal("1234.5")),
        ("number", 49.99, Decimal("49.990")),
        ("number", "-7.00", Decimal(-7)),
        ("id", "INV 2026/0417", "INV-2026-0417"),
        ("currency", "€", "EUR"),
        ("text", "Kastanienweg 14, 20999 Hamburg", "KASTANIENWEG 14 20999 HAMBURG"),
        ("text", "RAIL WAY TICKET", "RAILWAY TICKET"),
        ("name", "Acme Incorporated", "ACME Inc."),
        ("boolean", True, "true"),
    ],
)
def test_what_says_the_same_is_right(kind, truth, value):
    assert same(kind, truth, value)


@pytest.mark.parametrize(
    ("kind", "truth", "value"),
    [
        ("date", "2026-03-12", "2026-03-13"),
        ("date", "31.01.2026", "2026-01-30"),
        ("number", "1,234.50", Decimal("1234.51")),
        ("number", "7.00", Decimal(-7)),
        ("number", "none", Decimal(0)),
        ("id", "INV-1", "INV-2"),
        ("currency", "$", "EUR"),
        ("text", "Hamburg", "Homberg Ohm"),
        ("name", "Acme Inc.", "Apex Inc."),
        ("text", "", "something"),
    ],
)
def test_what_says_something_else_is_wrong(kind, truth, value):
    assert not same(kind, truth, value)


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2049, 12, 31)), st.integers(1, 5000))
def test_a_date_is_itself_however_written_and_no_other_day(day, later):
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%B %d, %Y"):
        assert same("date", day.strftime(form), day.isoformat())
    assert not same("date", day.isoformat(), (day + timedelta(days=later)).isoformat())


@given(st.decimals(min_value=0, max_value=10**7, places=2))
def test_an_amount_is_itself_in_both_styles(amount):
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert same("number", english, amount)
    assert same("number", german, amount)


@given(st.text(max_size=40), st.text(max_size=40))
def test_similarity_is_symmetric_and_a_share(one, other):
    assert similarity(one, other) == pytest.approx(similarity(other, one))
    assert 0.0 <= similarity(one, other) <= 1.0


@pytest.mark.parametrize(
    ("kind", "quote", "value"),
    [
        ("number", "Total 1.234,50 EUR", Decimal("1234.50")),
        ("date", "Hamburg, 12. März 2026", "2026-03-12"),
        ("currency", "Total 12.00 €", "EUR"),
        ("text", "governed by the laws of\nIreland", "Ireland"),
        ("id", "IBAN DE02 1203 0000", "DE0212030000"),
        ("text", "Kastanienweg l4, Hamburg", "Kastanienweg 14, Hamburg"),
    ],
)
def test_a_quote_holds_the_value_as_it_is_printed(kind, quote, value):
    assert holds(kind, quote, value)


@pytest.mark.parametrize(
    ("kind", "quote", "value"),
    [
        ("number", "Total 12.00", Decimal("13.00")),
        ("date", "in 2026", "2026-03-12"),
        ("text", "", "x"),
        ("text", "x", ""),
    ],
)
def test_a_quote_of_something_else_does_not(kind, quote, value):
    assert not holds(kind, quote, value)
