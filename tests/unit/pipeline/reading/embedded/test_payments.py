"""The texts of payment slips' codes."""

import pytest

from pipeline.reading.embedded.payments import read_payment
from tests.support.einvoices import EPC_LINES, IBAN, SWISS_LINES

BOX = (0.1, 0.2, 0.3, 0.4)


def read(*lines: str, ends: str = "\n"):
    return read_payment(ends.join(lines), page=3, box=BOX)


def values(data):
    return {each.name: each.value for each in data.values}


def changed(lines, index, text):
    return (*lines[:index], text, *lines[index + 1 :])


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_swiss_code_tells_what_is_to_be_paid(ends):
    data = read(*SWISS_LINES, ends=ends)
    assert (data.source, data.standard, data.page, data.box) == ("QR code on page 3", "swiss-qr", 3, BOX)
    assert values(data) == {
        "iban": "CH4431999123000889012",
        "account_holder": "Robert Schneider AG",
        "account_holder_address": "Rue du Lac 1268, 2501 Biel",
        "amount_due": "1949.75",
        "currency": "CHF",
        "payment_reference": "210000000003139471430009017",
        "payment_message": "Order of 15 June 2026",
        "invoice_number": "10201409",
        "invoice_date": "2026-05-12",
    }
    assert {each.name: each.path for each in data.values}["amount_due"] == "line 19"


def test_an_address_of_two_lines_stays_as_it_is():
    lines = ("SPC", "0200", "1", SWISS_LINES[3], "K", "Robert Schneider AG", "Rue du Lac 1268", "2501 Biel", "", "")
    assert values(read(*lines, *SWISS_LINES[10:]))["account_holder_address"] == "Rue du Lac 1268, 2501 Biel"


def test_a_swiss_code_without_an_amount_leaves_it_to_the_payer():
    assert "amount_due" not in values(read(*changed(SWISS_LINES, 18, "")))


def test_slashes_in_bill_information_belong_to_its_values():
    bill = "//S1/10/X.66711\\/8824/11/200712"
    assert values(read(*SWISS_LINES[:31], bill))["invoice_number"] == "X.66711/8824"


def test_a_day_that_there_is_not_is_left_out():
    assert "invoice_date" not in values(read(*SWISS_LINES[:31], "//S1/10/1/11/261342"))


def test_an_epc_code_tells_what_is_to_be_paid():
    data = read(*EPC_LINES)
    assert data.standard == "epc-qr"
    assert values(data) == {
        "bic": "COBADEFFXXX",
        "account_holder": "Lindenwerk Office Supplies GmbH",
        "iban": IBAN,
        "amount_due": "1238.43",
        "currency": "EUR",
        "payment_message": "LW-2026-0417",
    }
    quotes = {each.name: each.quote for each in data.values}
    assert quotes["amount_due"] == "EUR1238.43"


def test_an_epc_code_may_end_behind_the_account():
    assert set(values(read(*changed(EPC_LINES[:7], 4, "")))) == {"account_holder", "iban"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.org",
        "SPC",
        "BCD\n002",
        "\n".join(changed(SWISS_LINES, 1, "0900")),
        "\n".join(changed(EPC_LINES, 3, "XXX")),
        "\n".join(EPC_LINES) + "\n" * 10_000,
    ],
)
def test_other_codes_are_no_payments(text):
    assert read_payment(text, page=1, box=BOX) is None


@pytest.mark.parametrize("amount", ["EUR-1", "EUR1.234", "EURNaN", "USD3", "EUR" + "9" * 40])
def test_an_amount_of_another_form_is_left_out(amount):
    assert "amount_due" not in values(read(*changed(EPC_LINES, 7, amount)))
