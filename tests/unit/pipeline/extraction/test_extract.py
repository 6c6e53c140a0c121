"""The rule reader gives data that validates, every leaf with its place, and makes nothing up."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import InvalidSchema
from pipeline.extraction.extract import extract_by_rules
from pipeline.extraction.validation import SchemaValidator
from schemas.catalogue import load, names
from schemas.documents import Document

INVOICE = """
Lindenwerk Office Supplies GmbH                                  INVOICE
Kastanienweg 14
20999 Hamburg
VAT ID: DE136695976

Bill to:                                    Invoice number:   LW-2026-0417
Brightwater Ferries Ltd                     Invoice date:     12 March 2026
3 Quay Street                               Due date:         11 April 2026
Port Elmsford PE4 1AB                       Purchase order:   PO-7781

Pos   Article   Description                   Qty   Unit   Unit price     Amount
1     A-1004    Copy paper A4, white           40   box         21.90     876.00
2     A-1011    Copy paper A3, white            6   box         27.45     164.70

Net total                                               1,040.70 EUR
VAT 19 %                                                  197.73 EUR
Total                                                   1,238.43 EUR

IBAN: DE89 3704 0044 0532 0130 00
"""


def _quotes(extraction) -> dict[str, str]:
    return {pointer: " ".join(place.quote for place in field.evidence) for pointer, field in extraction.fields.items()}


@pytest.fixture
def invoice(drawn):
    return extract_by_rules(drawn(INVOICE), load("invoice"))


def test_an_invoice_is_read_whole(invoice):
    data = invoice.data
    assert (data["invoice_number"], data["invoice_date"], data["due_date"]) == (
        "LW-2026-0417",
        "2026-03-12",
        "2026-04-11",
    )
    assert data["seller"]["name"] == "Lindenwerk Office Supplies GmbH"
    assert data["seller"]["vat_id"] == "DE136695976"
    assert (
        data["buyer"] | {"name": "Brightwater Ferries Ltd", "address": "3 Quay Street, Port Elmsford PE4 1AB"}
        == data["buyer"]
    )
    assert (data["currency"], data["iban"]) == ("EUR", "DE89370400440532013000")
    assert [str(data[name]) for name in ("net_total", "tax_total", "total")] == ["1040.70", "197.73", "1238.43"]
    assert [line["description"] for line in data["line_items"]] == ["Copy paper A4, white", "Copy paper A3, white"]
    assert data["line_items"][0]["unit_price"] == Decimal("21.90")
    assert (invoice.rows["/line_items"].counted, invoice.rows["/line_items"].returned) == (2, 2)


def test_every_leaf_has_evidence_whose_quote_it_was_read_from(invoice):
    assert all(field.evidence and field.grounded for field in invoice.fields.values())
    quotes = _quotes(invoice)
    assert quotes["/total"] == "1,238.43 EUR"
    assert quotes["/invoice_date"] == "12 March 2026"
    assert quotes["/buyer/address"] == "3 Quay Street Port Elmsford PE4 1AB"


def test_fields_are_the_leaves_of_the_data_and_nothing_else(invoice):
    def walk(value: Any, pointer: str):
        if isinstance(value, dict):
            for name, inner in value.items():
                yield from walk(inner, f"{pointer}/{name}")
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                yield from walk(inner, f"{pointer}/{index}")
        elif value is not None:
            yield pointer, value

    assert dict(walk(invoice.data, "")) == {pointer: field.value for pointer, field in invoice.fields.items()}


def test_confidence_is_a_guess_below_certainty_and_says_so(invoice):
    assert all(0.0 < field.confidence < 1.0 and not field.calibrated for field in invoice.fields.values())


def test_totals_that_add_up_are_surer_than_totals_that_do_not(drawn):
    good = extract_by_rules(drawn(INVOICE), load("invoice")).fields["/total"].confidence
    extraction = extract_by_rules(drawn(INVOICE.replace("197.73", "250.00")), load("invoice"))
    assert extraction.fields["/total"].confidence < 0.6 * good
    assert [(warning.code, warning.where) for warning in extraction.warnings] == [("totals-disagree", "/total")]


@pytest.mark.parametrize("name", names())
def test_an_empty_document_gives_data_without_values(name):
    extraction = extract_by_rules(Document(shape="pages", media_type="application/pdf"), load(name))
    assert extraction.data is not None
    assert extraction.fields == {}
    assert SchemaValidator(load(name)).violations(extraction.data) == []


@pytest.mark.parametrize("name", names())
def test_every_schema_of_the_catalogue_takes_every_shape(name, drawn, written, spoken, sheet):
    texts = (
        "Invoice number: A-17",
        "Total: 12.50 EUR",
        "made on 1 May 2024 between Acme, Inc. and Beta LLC.",
        "Present: Ann Lee",
    )
    rows = [["Date", "Description", "Amount", "Balance"], ["01.02.2024", "Rent", "-800,00", "200,00"]]
    for document in (drawn("\n".join(texts)), written(*texts), spoken(*texts), sheet(*rows)):
        extraction = extract_by_rules(document, load(name))
        assert SchemaValidator(load(name)).violations(extraction.data) == []
        assert all(field.evidence for field in extraction.fields.values())


def test_a_users_schema_is_read_by_names_titles_and_hints(written):
    schema = {
        "type": "object",
        "properties": {
            "policyNumber": {"type": "string"},
            "insured": {
                "type": "object",
                "properties": {"name": {"type": "string", "x-sheaf-labels": ["Insured person"]}},
            },
            "annual_premium": {"type": "number"},
            "active": {"type": "boolean"},
            "cover": {"enum": ["basic", "comprehensive"], "title": "Class"},
            "start": {"type": "string", "format": "date"},
            "colour": {"type": "string"},
        },
        "required": ["policyNumber"],
    }
    document = written(
        "Policy number: AB-1234\nInsured person: Erika Muster\nAnnual premium: EUR 1.234,50",
        "Active: yes\nClass: comprehensive\nStart 01.02.2026",
    )
    assert extract_by_rules(document, schema).data == {
        "policyNumber": "AB-1234",
        "insured": {"name": "Erika Muster"},
        "annual_premium": Decimal("1234.50"),
        "active": True,
        "cover": "comprehensive",
        "start": "2026-02-01",
    }


def test_a_person_with_a_role_stands_behind_a_label_and_is_never_the_sender_on_top(drawn):
    person = {"type": ["string", "null"], "x-sheaf-type": "person"}
    schema = {"type": "object", "properties": {"patient": person, "ordered_by": person, "reviewed_by": person}}
    document = drawn(
        "Laboratory Harbour Street\n14 Harbour Street\n\nPatient:      Margarethe Quist\nOrdered by:   Ingrid Albers"
    )
    found = extract_by_rules(document, schema).data
    assert found == {"patient": "Margarethe Quist", "ordered_by": "Ingrid Albers", "reviewed_by": None}


def test_a_resumes_own_person_stands_on_top_without_a_label(drawn):
    schema = {"type": "object", "properties": {"full_name": {"type": ["string", "null"], "x-sheaf-type": "person"}}}
    assert extract_by_rules(drawn("Margarethe Quist\n14 Harbour Street"), schema).data == {
        "full_name": "Margarethe Quist"
    }


def test_what_a_schema_requires_and_nobody_finds_leaves_no_data_and_says_so(written):
    schema = {
        "type": "object",
        "properties": {"total": {"type": "number"}, "iban": {"type": "string"}},
        "required": ["total"],
    }
    extraction = extract_by_rules(written("IBAN: DE89370400440532013000"), schema)
    assert extraction.data is None
    assert [(warning.code, warning.where) for warning in extraction.warnings] == [("missing-value", "/total")]
    assert extraction.fields["/iban"].value == "DE89370400440532013000"


def test_a_candidate_that_the_schema_does_not_allow_gives_way_to_one_that_it_does(written):
    schema = {"type": "object", "properties": {"invoice_number": {"type": "string", "pattern": "^INV-\\d+$"}}}
    document = written("Invoice number: 4711", "Invoice No. INV-12")
    assert extract_by_rules(document, schema).data == {"invoice_number": "INV-12"}


def test_minutes_are_read_from_text(written):
    document = written(
        "# Minutes of the board meeting",
        "Date: 3 February 2026\nLocation: Room 4\nPresent: Ann Lee, Bob Ray and Carla Diaz",
        "# Decisions",
        "- The budget is approved.",
        "# Action items",
        "- Ann Lee to send the contract by Friday.",
    )
    data = extract_by_rules(document, load("meeting")).data
    assert data["title"] == "Minutes of the board meeting"
    assert (data["date"], data["location"]) == ("2026-02-03", "Room 4")
    assert data["participants"] == ["Ann Lee", "Bob Ray", "Carla Diaz"]
    assert data["decisions"] == ["The budget is approved."]
    assert data["action_items"] == [
        {"task": "Ann Lee to send the contract by Friday.", "owner": "Ann Lee", "due": "Friday"}
    ]


def test_what_was_said_has_times_for_evidence(spoken):
    document = spoken(
        "This is the meeting of 12 March 2026.", "We decided to move the launch.", "Maria will send the plan by Friday."
    )
    extraction = extract_by_rules(document, load("meeting"))
    assert extraction.data["decisions"] == ["We decided to move the launch."]
    (place,) = extraction.fields["/decisions/0"].evidence
    assert 5.0 <= place.start < place.end <= 10.0


def test_a_statement_is_read_from_a_sheet(sheet):
    document = sheet(
        ["Account holder", "Jane Doe"],
        ["IBAN", "DE89 3704 0044 0532 0130 00"],
        ["Opening balance", "1,000.00"],
        [],
        ["Date", "Description", "Debit", "Credit", "Balance"],
        ["02/03/2026", "Rent", "800.00", "", "200.00"],
        ["15/03/2026", "Salary", "", "2,500.00", "2,700.00"],
        ["Closing balance", "", "", "", "2,700.00"],
    )
    extraction = extract_by_rules(document, load("bank_statement"))
    data = extraction.data
    assert (data["account_holder"], str(data["opening_balance"]), str(data["closing_balance"])) == (
        "Jane Doe",
        "1000.00",
        "2700.00",
    )
    assert [str(row["debit"] or row["credit"]) for row in data["transactions"]] == ["800.00", "2500.00"]
    assert extraction.fields["/transactions/0/debit"].evidence[0].ref == "C6"
    assert extraction.rows["/transactions"].counted == 2


def test_a_hostile_schema_is_refused():
    with pytest.raises(InvalidSchema):
        extract_by_rules(
            Document(shape="text", media_type="text/plain"),
            {"type": "object", "properties": {"a": {"$ref": "http://a"}}},
        )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=60), max_size=8),
    st.sampled_from(names()),
)
def test_whatever_the_text_the_data_validates_and_every_value_has_a_place(written, texts, name):
    document = written(*(text for text in texts if text.strip()))
    extraction = extract_by_rules(document, load(name))
    assert SchemaValidator(load(name)).violations(extraction.data) == []
    assert all(field.evidence for field in extraction.fields.values())
