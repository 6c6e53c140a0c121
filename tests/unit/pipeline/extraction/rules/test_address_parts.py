"""Street, postal code and town are taken out of the address of the party that is asked for."""

import pytest

from pipeline.extraction.extract import extract_by_rules

BILL = """
Lindenwerk Office Supplies GmbH                                  INVOICE
{street}
{town}
VAT ID: DE136695976

Bill to:                                    Invoice number:   LW-2026-0417
Brightwater Ferries Ltd                     Invoice date:     12 March 2026
3 Quay Street
Port Elmsford PE4 1AB

Total                                                   1,238.43 EUR
"""
NAMES = ("supplier_street", "supplier_zip", "vendor_city")


@pytest.mark.parametrize(
    ("street", "town", "parts"),
    [
        ("Kastanienweg 14", "20999 Hamburg", ("Kastanienweg 14", "20999", "Hamburg")),
        ("Havenkade 66", "3012 CN Rotterdam", ("Havenkade 66", "3012 CN", "Rotterdam")),
        ("8 rue du Port", "75008 Paris", ("8 rue du Port", "75008", "Paris")),
        ("12 Harbour Road", "Portsmouth PO1 2AB", ("12 Harbour Road", "PO1 2AB", "Portsmouth")),
        ("400 Main Street", "Springfield, IL 62701", ("400 Main Street", "62701", "Springfield")),
    ],
)
def test_the_senders_address_in_parts(drawn, street, town, parts):
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in NAMES}}
    data = extract_by_rules(drawn(BILL.format(street=street, town=town)), schema).data
    assert tuple(data.get(name) for name in NAMES) == parts


def test_the_receivers_parts_are_those_of_the_receiver(drawn):
    parts = {"type": "object", "properties": {name: {"type": "string"} for name in ("name", "street", "zip", "city")}}
    schema = {"type": "object", "properties": {"buyer": parts}}
    data = extract_by_rules(drawn(BILL.format(street="Kastanienweg 14", town="20999 Hamburg")), schema).data
    assert data["buyer"] == {
        "name": "Brightwater Ferries Ltd", "street": "3 Quay Street", "zip": "PE4 1AB", "city": "Port Elmsford",
    }  # fmt: skip


def test_nothing_is_made_up_without_an_address(drawn):
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in NAMES}}
    assert extract_by_rules(drawn("INVOICE 4711\n\nTotal  12.00 EUR"), schema).data == {}
