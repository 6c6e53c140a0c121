"""The first sentence of a contract names its parties."""

import pytest

from pipeline.extraction.rules.contracts.preamble import preamble_parties


def _named(text):
    return [(party.name, party.role) for party in preamble_parties(text)]


@pytest.mark.parametrize(
    ("text", "parties"),
    [
        (
            ("This Agreement is made by and between Acme, Inc., a Delaware corporation (the “Seller”), and "
            'Beta Holdings LLC ("Buyer"). WHEREAS the parties agree'),
            [("Acme, Inc.", "Seller"), ("Beta Holdings LLC", "Buyer")],
        ),
        (
            ("THIS AGREEMENT is between Curtiss Steel Incorporated, a Maine corporation (“Curtiss”), and Anna B. "
            "Clark (“Executive”), and is entered into to protect"),
            [("Curtiss Steel Incorporated", "Curtiss"), ("Anna B. Clark", "Executive")],
        ),
        (
            ('made on 16 March 2026 between: (1) Meridian Services Ltd, a company of Ireland (the "Provider"); and '
            '(2) Brightwater Ferries Ltd, a company registered in Ireland (the "Customer"). Background'),
            [("Meridian Services Ltd", "Provider"), ("Brightwater Ferries Ltd", "Customer")],
        ),
        (
            "Agreement between St. Denis and Company, L.L.C. and Epiq Systems, Inc. with respect to",
            [("St. Denis and Company, L.L.C", None), ("Epiq Systems, Inc.", None)],
        ),
        (
            "Vertrag zwischen der Alpha GmbH, Hamburg (nachfolgend „Verkäufer“) und der Beta AG. Es wird vereinbart",
            [("Alpha GmbH", None), ("Beta AG", None)],
        ),
    ],
)  # fmt: skip
def test_parties_and_their_roles_are_read(text, parties):
    found = _named(text)
    assert [name.rstrip(".") for name, _ in found] == [name.rstrip(".") for name, _ in parties]
    assert [role for _, role in found if role] == [role for _, role in parties if role] or parties[0][1] is None


def test_names_stand_where_they_say():
    text = "between Acme, Inc. (the “Seller”) and Beta LLC (the “Buyer”)."
    for party in preamble_parties(text):
        assert text[party.start : party.end] == party.name
        assert party.role == text[party.role_start : party.role_end]


@pytest.mark.parametrize(
    "text",
    ["", "the difference between good and bad", "between the Company and the Executive", "between ______ and ______"],
)
def test_sentences_without_names_have_no_parties(text):
    assert _named(text) == []
