"""Properties of users mean concepts that the lexicon knows."""

import pytest

from pipeline.extraction.gate import KINDS
from pipeline.extraction.rules.lexicon import load_lexicon


@pytest.mark.parametrize(
    ("path", "concept"),
    [
        (("invoiceNumber",), "invoice_number"),
        (("seller", "name"), "seller_name"),
        (("vendorName",), "seller_name"),
        (("merchant",), "seller_name"),
        (("customer", "address"), "buyer_address"),
        (("buyer", "vat_id"), "buyer_vat_id"),
        (("grandTotal",), "total"),
        (("totals", "net_total"), "net_total"),
        (("items", "*", "unitPrice"), "item_unit_price"),
        (("line_items", "*", "amount"), "item_amount"),
        (("amount",), "total"),
        (("colour",), None),
    ],
)
def test_a_path_means_a_concept(path, concept):
    scopes = ("column", "field") if "*" in path else ("field",)
    found = load_lexicon().concept_of(path, *scopes)
    assert (found.name if found else None) == concept


def test_every_concept_has_a_known_kind_and_every_label_words():
    for concept in load_lexicon().concepts.values():
        assert concept.kind in KINDS | {"section"}, concept.name
        assert all(words for words in [*concept.labels, *concept.weak]), concept.name


def test_labels_come_in_six_languages():
    labels = load_lexicon().concepts["invoice_date"].labels
    for words in (
        ("invoice", "date"),
        ("rechnungsdatum",),
        ("date", "de", "facture"),
        ("fecha",),
        ("data", "fattura"),
        ("factuurdatum",),
    ):
        assert words in labels
