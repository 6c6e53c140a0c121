"""The name a document begins with."""

import pytest

from pipeline.extraction.rules.letterhead import clean_end, letterhead_hits


@pytest.fixture
def hits(drawn, case_of):
    return lambda drawing: letterhead_hits(case_of(drawn(drawing), {}).view)


@pytest.fixture
def first(hits):
    def best(drawing):
        found = hits(drawing)
        return max(found, key=lambda hit: hit.score).value if found else None

    return best


@pytest.mark.parametrize(
    ("drawing", "name"),
    [
        ("Corner Bakery\n12 Mill Lane\nReceipt", "Corner Bakery"),
        ("INVOICE\nAcme Tools GmbH\nMain Street 5", "Acme Tools GmbH"),
        ("TAX INVOICE                 Acme Tools Ltd\n                            12 Mill Lane", "Acme Tools Ltd"),
        ("Welcome\nRed Lion Restaurant\nTable 4", "Red Lion Restaurant"),
    ],
)
def test_the_name_stands_above_everything_else(first, drawing, name):
    assert first(drawing) == name


@pytest.mark.parametrize(
    "drawing",
    ["", "INVOICE", "RECEIPT\nDate: 2024-03-01", "2024-03-01\n12.50", "info@example.org\nTel. +49 30 123456"],
)
def test_kinds_of_documents_dates_amounts_and_contacts_are_no_names(hits, drawing):
    assert hits(drawing) == []


def test_a_legal_form_counts_for_more_than_the_first_place(hits):
    by_value = {hit.value: hit.score for hit in hits("Northern Lights\nAcme Tools GmbH")}
    assert by_value["Acme Tools GmbH"] > by_value["Northern Lights"]


def test_of_equal_lines_the_upper_is_likelier(hits):
    scores = [hit.score for hit in hits("Northern Lights\nSouthern Cross\nEastern Star")]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


def test_what_follows_the_first_labelled_value_is_no_letterhead(first):
    assert first("Corner Bakery\nInvoice number: 77\nAcme Tools GmbH") == "Corner Bakery"


def test_a_name_over_two_lines_is_one(hits):
    assert "WESTERN EASTERN STATIONERY SDN BHD" in [
        hit.value for hit in hits("WESTERN EASTERN\nSTATIONERY SDN BHD\nReceipt")
    ]


def test_a_hit_says_where_it_stands(hits):
    [hit, *_] = hits("Corner Bakery\n12 Mill Lane")
    [place] = hit.places()
    assert (place.page, place.quote) == (1, "Corner Bakery")


@pytest.mark.parametrize(
    ("text", "name"),
    [("Acme Ltd", "Acme Ltd"), ("Acme Ltd  ", "Acme Ltd"), ("", ""), ("Corner Bakery", "Corner Bakery")],
)
def test_the_end_of_a_name_is_clean(text, name):
    assert clean_end(text) == name
