"""Identifiers are recognised by their form, and by their check digits where they have some."""

import pytest

from pipeline.extraction.values.identifiers import (
    find_bics,
    find_document_numbers,
    find_emails,
    find_ibans,
    find_phones,
    find_urls,
    find_vat_ids,
)


def _values(found):
    return [each.value for each in found]


@pytest.mark.parametrize(
    ("text", "iban"),
    [
        ("IBAN DE89 3704 0044 0532 0130 00 BIC", "DE89370400440532013000"),
        ("GB82WEST12345698765432", "GB82WEST12345698765432"),
        ("FR76 3000 6000 0112 3456 7890 189 BANQUE", "FR7630006000011234567890189"),
    ],
)
def test_an_iban_is_found_and_closed_up(text, iban):
    assert _values(find_ibans(text)) == [iban]


def test_an_iban_with_wrong_check_digits_is_none():
    assert find_ibans("DE88 3704 0044 0532 0130 00") == []


@pytest.mark.parametrize(
    "text",
    [
        "DE136695976",
        "ATU12345678",
        "NL810433941B01",
        "FR 604 219 388 61",
        "IE 98 209 58W",
        "IT12345678901",
        "06AABCO6063D1ZQ",
    ],
)
def test_vat_numbers_have_national_forms(text):
    assert _values(find_vat_ids(f"VAT: {text},")) == [text.replace(" ", "")]


def test_a_longer_number_holds_no_vat_number():
    assert find_vat_ids("XDE136695976 DE1366959761") == []


def test_addresses_of_mail_and_web_end_where_the_sentence_does():
    assert _values(find_emails("write to jane.doe@example.co.uk.")) == ["jane.doe@example.co.uk"]
    assert _values(find_urls("see www.example.com/a, or https://example.org.")) == [
        "www.example.com/a",
        "https://example.org",
    ]


def test_telephone_numbers_have_seven_to_fifteen_digits():
    assert _values(find_phones("Tel +49 (0) 711-508855 24")) == ["+49 (0) 711-508855 24"]
    assert find_phones("12 345") == []


def test_a_bank_code_is_told_by_form_alone():
    assert _values(find_bics("BIC COBADEFFXXX")) == ["COBADEFFXXX"]


def test_a_document_number_is_a_word_with_a_digit():
    assert _values(find_document_numbers("Invoice INV-2024/017, page")) == ["INV-2024/017"]
