"""Tokens make spellings of one label the same."""

import pytest

from pipeline.extraction.rules.tokens import keys, tokenize, words_of_name


@pytest.mark.parametrize(
    "text", ["Invoice No.", "Invoice Nr", "invoice number", "INVOICE #", "Invoice N°", "Invoice №"]
)
def test_the_many_spellings_of_number_are_one(text):
    assert keys(text) == ("invoice", "no")


@pytest.mark.parametrize(
    "name", ["invoiceNumber", "invoice_number", "InvoiceNumber", "invoice-number", "invoice.number"]
)
def test_names_of_properties_are_split_into_words(name):
    assert words_of_name(name) == ("invoice", "no")


def test_abbreviations_in_names_stay_whole():
    assert words_of_name("sellerVATId") == ("seller", "vat", "id")


def test_compounds_that_end_in_a_kind_of_document_are_of_that_kind():
    assert keys("Handelsrechnung Nr.") == ("rechnung", "no")


def test_tokens_know_their_places():
    text = "Facture n°562044387"
    assert [text[token.start : token.end] for token in tokenize(text)] == ["Facture", "n°", "562044387"]
