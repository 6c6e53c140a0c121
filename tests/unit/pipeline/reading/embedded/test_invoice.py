"""Each syntax of electronic invoices gives the same values by the same names."""

import pytest
from lxml import etree

from pipeline.reading.embedded.invoice import MAX_CHARACTERS, read_invoice
from pipeline.reading.embedded.markup import parse_markup
from tests.support.einvoices import EN16931, ITEMS, cii, group_line, ubl, zugferd_1

HEADER = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction"


def read(content: bytes):
    data = read_invoice(parse_markup(content, max_bytes=10_000_000), "factur-x.xml")
    assert data is not None
    return data


def values(data, row=None):
    return {each.name: each.value for each in data.values if each.row == row}


def test_a_cross_industry_invoice_is_read_whole():
    data = read(cii())
    assert (data.source, data.standard, data.profile) == ("factur-x.xml", "cii", EN16931)
    found = values(data)
    assert (
        found
        | {
            "invoice_number": "LW-2026-0417",
            "invoice_date": "2026-03-12",
            "due_date": "2026-04-11",
            "order_number": "PO-7781",
            "buyer_reference": "04011000-12345-03",
            "customer_number": "C-77",
            "currency": "EUR",
            "seller_name": "Lindenwerk Office Supplies GmbH",
            "seller_address": "Kastanienweg 14, 20999 Hamburg",
            "seller_vat_id": "DE136695976",
            "seller_tax_number": "22/815/08150",
            "seller_email": "billing@lindenwerk.example",
            "buyer_name": "Brightwater Ferries Ltd",
            "buyer_city": "Port Elmsford",
            "iban": "DE89370400440532013000",
            "net_total": "1040.70",
            "tax_total": "197.73",
            "total": "1238.43",
            "amount_due": "1238.43",
        }
        == found
    )
    assert values(data, 1) == {
        "item_position": "2",
        "item_description": ITEMS[1][0],
        "item_quantity": "6",
        "item_unit": "XBX",
        "item_unit_price": "27.45",
        "item_tax_rate": "19.00",
        "item_amount": "164.70",
    }


def test_the_tax_in_another_currency_is_not_the_invoices():
    assert [each.value for each in read(cii()).values if each.name == "tax_total"] == ["197.73"]


def test_each_path_leads_back_to_the_quote():
    content = cii()
    names = {
        "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
        "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
        "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    }
    root = etree.fromstring(content)
    for each in read(content).values:
        if not each.name.endswith("_address"):
            found = root.xpath(each.path, namespaces=names)
            assert [str(getattr(one, "text", one)).strip() for one in found] == [each.quote], each.path


def test_the_prefixes_of_a_file_do_not_matter():
    renamed = (
        cii().replace(b"rsm:", b"a:").replace(b":rsm=", b":a=").replace(b"ram:", b"").replace(b"xmlns:ram=", b"xmlns=")
    )
    assert values(read(renamed)) == values(read(cii()))
    assert read(renamed).values[0].path == "/rsm:CrossIndustryInvoice/rsm:ExchangedDocument/ram:ID"


def test_lines_that_sum_up_others_are_left_out_and_the_others_keep_their_numbers():
    data = read(cii(items=ITEMS[:1], extra=group_line() + group_line()).replace(b"All of it", b"All", 1))
    assert [each.value for each in data.values if each.name == "item_description"] == [ITEMS[0][0]]
    last = read(cii(items=(), extra=group_line() + group_line().replace("GROUP", "DETAIL")))
    path = next(each.path for each in last.values if each.name == "item_amount")
    assert path.startswith(f"{HEADER}/ram:IncludedSupplyChainTradeLineItem[2]/")


def test_several_values_of_one_term_are_all_told_with_their_numbers():
    dates = [each for each in read(cii(due=("20260411", "20260511"))).values if each.name == "due_date"]
    assert [each.value for each in dates] == ["2026-04-11", "2026-05-11"]
    assert "SpecifiedTradePaymentTerms[2]" in dates[1].path


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (cii(due=("20260231",)), "due_date"),
        (cii(due=("soon",)), "due_date"),
        (cii(total="12,00"), "total"),
        (cii(total="NaN"), "total"),
        (cii(total="9" * 5_000), "total"),
        (cii(number=" "), "invoice_number"),
    ],
)
def test_what_has_not_the_form_of_its_term_is_left_out(made, name):
    assert name not in values(read(made))


def test_long_texts_are_cut_and_control_characters_taken_out():
    assert len(values(read(cii(seller="x" * 100_000)))["seller_name"]) == MAX_CHARACTERS
    assert values(read(cii(seller="Ac\x7fme\n  GmbH")))["seller_name"] == "Acme GmbH"


@pytest.mark.parametrize("root", ["Invoice", "CreditNote"])
def test_ubl_invoices_and_credit_notes_are_read(root):
    data = read(ubl(root))
    found = values(data)
    assert (data.standard, str(data.profile).rpartition(":")[2]) == ("ubl", "xrechnung_3.0")
    assert (found["invoice_number"], found["due_date"], found["total"]) == ("X-1", "2026-02-01", "119.00")
    assert (found["seller_name"], found["seller_address"]) == ("Deichbau eG", "Deichgasse 2, 26721 Emden")
    assert found["seller_vat_id"] == "DE136695976"
    assert (values(data, 0)["item_quantity"], values(data, 0)["item_unit"]) == ("4", "HUR")


def test_zugferd_1_is_read_and_its_lines_of_notes_are_none():
    data = read(zugferd_1())
    assert (data.standard, values(data)["total"], values(data)["invoice_date"]) == ("zugferd-1", "119.00", "2014-01-31")
    assert values(data, 0) == {"item_description": "Oak board"}


def test_other_xml_is_no_invoice():
    assert read_invoice(parse_markup(b"<Invoice/>", max_bytes=100), "a.xml") is None
