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


def test_the_first_group_that_names_a_currency_decides(drawn):
    found = find_currency([_runs(drawn("Revenue 4,188")), _runs(drawn("US$ and € and €"))])
    assert found is not None
    assert found.value == "EUR"


def _runs(document):
    return [run for row in build_layout(document).rows for run in row.runs]
