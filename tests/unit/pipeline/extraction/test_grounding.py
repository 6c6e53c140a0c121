"""Values are found where they stand, by what they mean."""

from decimal import Decimal

import pytest

from pipeline.extraction.flow import Flow
from pipeline.extraction.grounding import Grounder
from pipeline.extraction.values.locale import judge_locale


@pytest.fixture
def ground(written):
    def make(*texts):
        flow = Flow.of(written(*texts))
        return Grounder(flow, judge_locale(flow.text)).ground

    return make


def _quote(grounding):
    return None if grounding is None else grounding.evidence[0].quote


@pytest.mark.parametrize(
    ("value", "text", "quote"),
    [
        (Decimal("1234.50"), "Total: EUR 1.234,50 due", "EUR 1.234,50"),
        (Decimal("1234.5"), "Total 1,234.50", "1,234.50"),
        (Decimal("-20.48"), "Remise -20,48 €", "-20,48 €"),
        (1200, "Qty 1,200 pieces at 0.23", "1,200"),
        (47.9, "USD 47.90", "USD 47.90"),
    ],
)
def test_numbers_are_found_in_either_style(ground, value, text, quote):
    assert _quote(ground(text)(value)) == quote


@pytest.mark.parametrize("text", ["Date: 12 March 2026", "Date: 12.03.2026", "le 12 mars 2026", "Date: 20260312"])
def test_a_date_is_found_in_every_form(ground, text):
    assert ground(text)("2026-03-12") is not None


def test_an_ambiguous_date_grounds_both_readings(ground):
    find = ground("Date: 03/04/2026")
    assert find("2026-04-03") is not None
    assert find("2026-03-04") is not None
    assert find("2026-05-04") is None


def test_durations_and_currencies_are_found_by_kind(ground):
    find = ground("for two (2) years, at € 5.00")
    assert _quote(find("2 years", kind="term")) == "two (2) years"
    assert _quote(find("EUR", kind="currency")) == "€"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("DE89370400440532013000", "IBAN: DE89 3704 0044 0532 0130 00"),
        ("ACME Inc.", "sold by Acme, Inc. of Delaware"),
        ("Jalan Sagu 18, Taman Daya", "53 JALAN SAGU 18 , TAMAN DAYA"),
        ("Société Générale", "chez SOCIETE GENERALE"),
    ],
)
def test_spaces_case_accents_and_punctuation_do_not_matter(ground, value, text):
    grounding = ground(text)(value)
    assert grounding is not None
    assert grounding.similarity == 1.0


def test_a_slip_is_forgiven_and_said_so(ground):
    grounding = ground("BOOK TA .K(TAMAN DAYA) SDN BND, No. 5")("BOOK TA K (TAMAN DAYA) SDN BHD")
    assert grounding is not None
    assert 0.88 <= grounding.similarity < 1.0


@pytest.mark.parametrize(
    "value", ["INV-4712", "Beta Corporation", Decimal("99.99"), "2020-01-01", "", None, True, False]
)
def test_what_the_document_does_not_hold_is_not_found(ground, value):
    assert ground("Invoice INV-4711 of Alpha Corporation over 12.00")(value) is None


def test_a_number_inside_a_longer_one_is_not_found(ground):
    assert ground("Order 1234567")("3456") is None
    assert ground("Order 1234567")(345) is None


def test_a_lone_digit_needs_a_label(ground):
    find = ground("Rooms: 3", "and 3 others")
    assert find(3) is None
    assert _quote(find(3, labels=["Rooms"])) == "3"


def test_of_several_places_the_one_behind_its_label_is_taken(ground):
    text = "Subtotal 50.00", "Discount 0.00", "Total 50.00"
    grounding = ground(*text)(Decimal("50.00"), labels=["total"])
    assert grounding is not None
    assert grounding.start == len("Subtotal 50.00\nDiscount 0.00\nTotal ")


def test_without_a_label_the_first_place_or_the_one_near_a_related_value_is_taken(ground):
    find = ground("A 50.00", "B 50.00")
    first, near = find(Decimal("50.00")), find(Decimal("50.00"), near=9)
    assert first is not None
    assert near is not None
    assert (first.start, near.start) == (2, 10)


def test_a_value_that_runs_over_two_lines_has_a_box_on_each(drawn):
    flow = Flow.of(drawn("Kastanienweg 14\n20999 Hamburg"))
    grounding = Grounder(flow, judge_locale(flow.text)).ground("Kastanienweg 14, 20999 Hamburg")
    assert grounding is not None
    assert len(grounding.evidence[0].boxes) == 2
