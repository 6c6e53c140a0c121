"""Data for machines and the pages: who wins, and how sure the value is."""

from decimal import Decimal

import pytest

from pipeline.extraction.embedded.reconcile import METADATA, PRINTED, SILENT, UNSEEN
from pipeline.extraction.extract import extract_by_rules
from pipeline.settings import Extraction as Settings
from schemas.catalogue import load
from schemas.embedded import EmbeddedData, EmbeddedValue
from tests.support.einvoices import EPC_LINES, MINIMUM, PAGE, SWISS_LINES, cii

REVIEW = Settings().review_below


@pytest.fixture
def extract(carrying):
    def run(*carried, page=PAGE, schema=None):
        return extract_by_rules(carrying(*carried, page=page), schema or load("invoice"))

    return run


def kinds(field):
    return [place.kind for place in field.evidence]


def disputes(extraction):
    return {notice.where: notice.message for notice in extraction.warnings if notice.code == "embedded-disagrees"}


def without(line: str) -> str:
    return "\n".join(each for each in PAGE.split("\n") if line not in each)


def test_what_both_say_is_sure_and_shows_both_places(extract):
    found = extract(cii())
    total = found.fields["/total"]
    assert (total.value, total.confidence, kinds(total)) == (Decimal("1238.43"), PRINTED, ["embedded", "page"])
    assert total.evidence[0].source == "0.xml"
    assert total.evidence[0].path.endswith("/ram:GrandTotalAmount")
    assert total.evidence[1].quote == "1,238.43 EUR"
    assert disputes(found) == {}


def test_numbers_keep_the_decimals_of_the_page(extract):
    assert str(extract(cii(total="1238.4300")).data["total"]) == "1238.43"


def test_what_only_the_data_says_is_given_with_its_place_there(extract):
    email = extract(cii()).fields["/seller/email"]
    assert (email.value, email.confidence, kinds(email)) == ("billing@lindenwerk.example", SILENT, ["embedded"])


def test_what_the_rules_missed_is_found_on_the_page(extract):
    number = extract(cii(number="Z 99 / 2026"), page=without("Invoice number") + "\nMatter Z 99 / 2026").fields[
        "/invoice_number"
    ]
    assert (number.value, kinds(number)) == ("Z 99 / 2026", ["embedded", "page"])


def test_an_amount_that_the_page_does_not_print_is_to_be_reviewed(extract):
    total = extract(cii(), page=without("Total  ")).fields["/amount_due"]
    assert (total.value, total.confidence) == (Decimal("1238.43"), UNSEEN)
    assert UNSEEN < REVIEW < SILENT


def test_a_contradiction_is_told_the_data_wins_and_nobody_is_sure(extract):
    found = extract(cii(total="9238.43"))
    assert found.fields["/total"].value == Decimal("9238.43")
    assert found.fields["/total"].confidence < REVIEW
    assert '"9238.43"' in disputes(found)["/total"]
    assert '"1238.43" was read from the page' in disputes(found)["/total"]


def test_totals_of_the_data_that_do_not_add_up_are_told_too(extract):
    found = extract(cii(total="9238.43"))
    assert "totals-disagree" in [notice.code for notice in found.warnings]


def test_an_account_that_the_code_changes_is_told(extract):
    found = extract("\n".join(SWISS_LINES))
    assert found.fields["/iban"].value == SWISS_LINES[3]
    assert found.fields["/iban"].confidence < REVIEW
    assert "/iban" in disputes(found)


def test_an_invoice_and_a_code_that_disagree_are_told_and_the_invoice_wins(extract):
    other = [*EPC_LINES[:6], "NL91ABNA0417164300", *EPC_LINES[7:]]
    found = extract(cii(), "\n".join(other))
    assert (found.fields["/iban"].value, found.fields["/iban"].confidence < REVIEW) == (EPC_LINES[6], True)
    assert "QR code on page 1" in disputes(found)["/iban"]


def test_a_code_confirms_what_the_page_says(extract):
    found = extract("\n".join(EPC_LINES))
    assert (found.fields["/iban"].confidence, kinds(found.fields["/iban"])) == (PRINTED, ["embedded", "page"])
    assert found.fields["/bic"].value == "COBADEFFXXX"
    assert disputes(found) == {}


def test_an_extract_for_booking_yields_to_the_page(extract):
    found = extract(cii(profile=MINIMUM, total="9238.43", items=()))
    assert found.fields["/total"].value == Decimal("1238.43")
    assert found.fields["/total"].confidence < REVIEW
    assert "the latter is given" in disputes(found)["/total"]


def test_an_account_that_fails_its_check_is_not_sure(extract):
    iban = extract(cii(iban="DE00370400440532013000"), page=without("IBAN")).fields["/iban"]
    assert iban.confidence < REVIEW


def test_of_several_values_the_one_on_the_page_is_taken_or_none(extract):
    dates = ("20260411", "20260511")
    assert kinds(extract(cii(due=dates)).fields["/due_date"]) == ["embedded", "page"]
    assert "/due_date" not in extract(cii(due=dates), page=without("Due date")).fields


def test_two_invoices_that_differ_say_nothing_together(extract):
    found = extract(cii(total="7.00"), cii(total="8.00"))
    assert found.fields["/total"].value == Decimal("1238.43")
    assert kinds(found.fields["/total"]) == ["page"]


def test_metadata_never_contradicts_and_is_never_sure(extract):
    values = [EmbeddedValue(name="author", value="Ada Ferris", path="/rdf:RDF", quote="Ada Ferris")]
    data = EmbeddedData(source="XMP metadata", standard="xmp", values=values)
    schema = {"type": "object", "properties": {"author": {"type": "string"}}}
    field = extract(data, page="Minutes", schema=schema).fields["/author"]
    assert (field.value, field.confidence, kinds(field)) == ("Ada Ferris", METADATA, ["embedded"])


def test_a_schema_of_something_else_is_not_filled(extract):
    properties = {
        "colour": {"type": "string"},
        "previous_invoice": {"type": "object", "properties": {"total": {"type": "number"}}},
    }
    found = extract(cii(), page="Minutes", schema={"type": "object", "properties": properties})
    assert found.fields == {}


def test_a_value_that_the_schema_refuses_is_left_out(extract):
    schema = {"type": "object", "properties": {"invoice_number": {"type": "string", "pattern": "^[0-9]+$"}}}
    assert extract(cii(), schema=schema).fields == {}
