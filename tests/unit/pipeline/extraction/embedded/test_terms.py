"""A leaf means an embedded value only where that is sure."""

import pytest

from pipeline.extraction.embedded.terms import term_of
from schemas.catalogue import load

TEXT, NUMBER = {"type": "string"}, {"type": "number"}


def party(**properties):
    return {"type": "object", "properties": properties}


@pytest.fixture
def terms(drawn, case_of):
    def find(properties):
        case = case_of(drawn("nothing here"), properties)
        return {target.key: term_of(case, target) for target in case.targets}

    return find


def test_every_leaf_of_the_built_in_invoice_has_its_term(terms):
    found = terms(load("invoice")["properties"])
    assert {key: term for key, term in found.items() if key.strip("/").replace("/", "_") != term} == {}
    assert len(found) > 25


def test_properties_are_understood_by_what_they_mean(terms):
    found = terms(
        {
            "invoiceNo": TEXT,
            "vendor_name": TEXT,
            "grandTotal": NUMBER,
            "client": party(name=TEXT, vat_number=TEXT, email=TEXT),
            "payment": party(iban=TEXT, due_date=TEXT),
            "phone": TEXT,
            "leitweg_id": TEXT,
            "seller_city": TEXT,
        }
    )
    assert found == {
        "/invoiceNo": "invoice_number",
        "/vendor_name": "seller_name",
        "/grandTotal": "total",
        "/client/name": "buyer_name",
        "/client/vat_number": "buyer_vat_id",
        "/client/email": "buyer_email",
        "/payment/iban": "iban",
        "/payment/due_date": "due_date",
        "/phone": "seller_phone",
        "/leitweg_id": "buyer_reference",
        "/seller_city": "seller_city",
    }


@pytest.mark.parametrize(
    "properties",
    [
        {"name": TEXT},
        {"previous_invoice": party(number=TEXT, total=NUMBER)},
        {"ship_to": party(name=TEXT, address=TEXT)},
        {"surveyor": party(name=TEXT, email=TEXT, phone=TEXT)},
        {"colour": TEXT, "weight": NUMBER, "reference": TEXT},
    ],
)
def test_what_may_mean_something_else_means_nothing(terms, properties):
    assert set(terms(properties).values()) == {None}
