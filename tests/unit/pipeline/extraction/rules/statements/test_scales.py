"""Units and currencies that a statement names once."""

import pytest

from pipeline.extraction.layout.build import build_layout
from pipeline.extraction.rules.statements.scales import find_currency, find_unit


@pytest.mark.parametrize(
    ("text", "unit", "currency"),
    [
        ("(in thousands, except per share data)", "thousands", None),
        ("€ million", "millions", "EUR"),
        ("€mn", "millions", "EUR"),
        ("€bn", "billions", "EUR"),
        ("in Mio. €", "millions", "EUR"),
        ("Angaben in TEUR", "thousands", "EUR"),
        ("(Dollars in millions, shares in thousands)", "millions", "USD"),
        ("en milliers d'euros", "thousands", "EUR"),
        ("miles de euros", "thousands", "EUR"),
        ("in migliaia di euro", "thousands", "EUR"),
        ("bedragen in duizenden euro", "thousands", "EUR"),
        ("x duizend euro", "thousands", "EUR"),
        ("in Mrd. EUR", "billions", "EUR"),
        ("£'000", "thousands", "GBP"),
        ("Total revenue", None, None),
    ],
)
def test_a_text_names_a_unit_and_a_currency(drawn, text, unit, currency):
    runs = _runs(drawn(text))
    found, money = find_unit(runs), find_currency([runs])
    assert (found.value if found else None) == unit
    assert (money.value if money else None) == currency


@pytest.mark.parametrize(
    "text",
    [
        "(in thousands, except per share data)",
        "All amounts in millions of dollars",
        "Amounts expressed in EUR million unless otherwise stated",
        "[thousands]",
        "€ million",
        "2023 €m",
        "Millions",
        "Angaben in TEUR",
        "en miles de euros",
    ],
)
def test_a_remark_names_the_unit_of_a_page(drawn, text):
    assert find_unit(_runs(drawn(text)), remarks=True) is not None


@pytest.mark.parametrize(
    "text",
    [
        "revenue passenger miles",
        "our rolling mill was idle",
        "revenue grew by $5 million",
        "Revenue of 1,204.5 million",
        "sold to millions of homes in all parts of the country",
        "12 000",
    ],
)
def test_prose_names_no_unit_of_a_page(drawn, text):
    assert find_unit(_runs(drawn(text)), remarks=True) is None


@pytest.mark.parametrize("text", ["revenue passenger miles", "rolling mill", "grew by $5 million", "12 000"])
def test_other_words_and_counted_units_are_no_units_in_a_line_either(drawn, text):
    assert find_unit(_runs(drawn(text))) is None


def test_miles_are_thousands_where_the_document_is_no_english_one(drawn):
    found = find_unit(_runs(drawn("Importes (miles)")), language="es")
    assert found is not None
    assert found.value == "thousands"


def test_the_first_group_that_names_a_currency_decides(drawn):
    found = find_currency([_runs(drawn("Revenue 4,188")), _runs(drawn("US$ and € and €"))])
    assert found is not None
    assert found.value == "EUR"


@pytest.mark.parametrize(("text", "code"), [("£ € €", "EUR"), ("£ €", "GBP"), ("€ £ £ €", "EUR")])
def test_the_currency_printed_most_often_or_first_is_the_groups(drawn, text, code):
    found = find_currency([_runs(drawn(text))])
    assert found is not None
    assert found.value == code


def _runs(document):
    return [run for row in build_layout(document).rows for run in row.runs]
