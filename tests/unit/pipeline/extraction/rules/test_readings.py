"""Each kind of value has its reader."""

from decimal import Decimal

import pytest

from pipeline.extraction.rules.readings import Manner, read_values
from pipeline.extraction.values.locale import Locale

ENGLISH = Manner(Locale())


def _values(kind, text, manner=ENGLISH):
    return [reading.value for reading in read_values(kind, text, manner)]


@pytest.mark.parametrize(
    ("kind", "text", "values"),
    [
        ("date", "12 March 2026 (Thursday)", ["2026-03-12"]),
        ("money", "on 12.03.2026 USD 47.90", [Decimal("47.90")]),
        ("money", "19 %", []),
        ("percent", "19 % of 100", [Decimal(19)]),
        ("percent", "19.0", [Decimal("19.0")]),
        ("integer", "1,200 pieces", [1200]),
        ("currency", "RM 5", ["MYR"]),
        ("currency", "Euro", ["EUR"]),
        ("id", "INV-2024/017 of 1 May 2024", ["INV-2024/017"]),
        ("id", "CR 1803/0064", ["CR 1803/0064"]),
        ("id", "421 938 861", ["421 938 861"]),
        ("vat_id", "DE136695976", ["DE136695976"]),
        ("vat_id", "000394528000", ["000394528000"]),
        ("term", "three (3) years", ["3 years"]),
        ("boolean", "Yes, please", [True]),
        ("text", " : Ann Lee ", ["Ann Lee"]),
        ("text", "----", []),
        ("email", "a@example.org", ["a@example.org"]),
    ],
)
def test_a_kind_is_read(kind, text, values):
    assert _values(kind, text) == values


def test_money_with_its_currency_is_surer_than_a_bare_number():
    surest, likely, bare = (read_values("money", text, ENGLISH)[0].quality for text in ("€ 5.00", "5.00", "5"))
    assert surest > likely > bare


def test_a_figure_among_words_is_hardly_money():
    assert read_values("money", "Marienplatz 99", ENGLISH)[0].quality < 0.2


def test_an_ambiguous_date_is_doubtful_until_the_document_proves_its_order():
    known = Manner(Locale(order_known=True))
    assert read_values("date", "03/04/2021", ENGLISH)[0].quality < read_values("date", "03/04/2021", known)[0].quality


def test_an_iban_that_fails_its_check_is_doubtful():
    good, bad = (
        read_values("iban", f"IBAN {iban}", ENGLISH)[0] for iban in ("DE89370400440532013000", "DE12123456781234567890")
    )
    assert good.quality == 1.0 > bad.quality


def test_members_of_an_enumeration_are_chosen():
    assert _values("enum", "Bank transfer", Manner(Locale(), ("card", "bank_transfer"))) == ["bank_transfer"]


def test_a_long_text_is_cut():
    assert len(_values("text", "x" * 1000)[0]) == 400
