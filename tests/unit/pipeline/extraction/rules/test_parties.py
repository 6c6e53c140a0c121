"""Sender and receiver are told apart by headings, letterheads, address blocks and their own data."""

import pytest

from pipeline.extraction.merging import choose

PARTY = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "address": {"type": "string"}, "vat_id": {"type": "string"}},
}
LETTER = """
Lindenwerk Office GmbH                              INVOICE
Kastanienweg 14
20999 Hamburg
VAT ID: DE136695976

Brightwater Ferries Ltd
3 Quay Street
Port Elmsford PE4 1AB
"""


@pytest.fixture
def names(drawn, case_of):
    def find(drawing, owner):
        parties = case_of(drawn(drawing), {"seller": PARTY, "buyer": PARTY}).parties
        hits = parties.names(owner, lambda text: text or None)
        choice = choose(hits)
        address = choose(parties.addresses(owner, choice.candidate if choice else None))
        return (choice.candidate.value if choice else None, address.candidate.value if address else None)

    return find


def test_headings_name_the_parties(names):
    drawing = """
Seller:                       Bill to:
Alpha Trading                 Beta Shop
1 High Street                 2 Low Street
AB1 2CD London                AB1 2CE London
"""
    assert names(drawing, "seller") == ("Alpha Trading", "1 High Street, AB1 2CD London")
    assert names(drawing, "buyer") == ("Beta Shop", "2 Low Street, AB1 2CE London")


def test_a_section_may_have_labels_of_its_own(names):
    drawing = """
Käufer/Leistungsempfänger
Nummer:            9314110911
Name:              MUSTER-KUNDE GMBH
Anschrift:         KUNDENWEG 88
                   DE 40235 DUESSELDORF
"""
    assert names(drawing, "buyer") == ("MUSTER-KUNDE GMBH", "KUNDENWEG 88, DE 40235 DUESSELDORF")


def test_a_name_behind_its_heading_is_taken(names):
    assert names("Guest Name: Sanjay Kumar     Date: 31/12/2017", "buyer")[0] == "Sanjay Kumar"


def test_without_headings_own_data_marks_the_sender_and_a_bare_address_the_receiver(names):
    assert names(LETTER, "seller") == ("Lindenwerk Office GmbH", "Kastanienweg 14, 20999 Hamburg")
    assert names(LETTER, "buyer") == ("Brightwater Ferries Ltd", "3 Quay Street, Port Elmsford PE4 1AB")


def test_a_receipt_begins_with_the_shop(names):
    drawing = """
       RESTORAN WAN SHENG
          002043319-W
 NO.2, JALAN TEMENGGUNG 19/9,
  43200 CHERAS, SELANGOR
   GST REG NO: 001335787520
        TAX INVOICE
"""
    assert names(drawing, "seller") == ("RESTORAN WAN SHENG", "NO.2, JALAN TEMENGGUNG 19/9, 43200 CHERAS, SELANGOR")


def test_the_building_beside_a_name_is_not_its_address(names):
    drawing = "EIGHT OUNCE COFFEE CO. THE GARDENS MALL\nF.K06, FIRST FLOOR, THE GARDENS MALL,\n59200 KUALA LUMPUR."
    assert names(drawing, "seller")[1] == "F.K06, FIRST FLOOR, THE GARDENS MALL, 59200 KUALA LUMPUR."


def test_a_name_over_two_lines_is_put_together(names):
    assert (
        names("WESTERN EASTERN\nSTATIONERY SDN. BHD\nCO REG NO : 210038-K", "seller")[0]
        == "WESTERN EASTERN STATIONERY SDN. BHD"
    )


def test_the_kind_of_document_is_no_name(names):
    assert names("TAX INVOICE\nEight Ounce Coffee Co.\nInvoice no: 17", "seller")[0] == "Eight Ounce Coffee Co."


def test_what_stands_in_another_partys_section_is_not_the_senders(drawn, case_of):
    case = case_of(
        drawn("Bill to:\nBeta Shop Ltd\nVAT ID: DE136695976\n\nAlpha Ltd   VAT ID: DE123456789"),
        {"seller": PARTY, "buyer": PARTY},
    )
    runs = {run.text: case.parties.role_of(run) for row in case.view.layout.rows for run in row.runs}
    assert runs["Beta Shop Ltd"] == runs["VAT ID: DE136695976"] == "buyer"
    assert runs["Alpha Ltd"] is None
