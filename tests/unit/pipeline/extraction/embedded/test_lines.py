"""The lines of an embedded invoice as rows."""

from decimal import Decimal

import pytest

from pipeline.extraction.confidence import CONTRADICTED
from pipeline.extraction.embedded.reconcile import SILENT
from pipeline.extraction.extract import extract_by_rules
from schemas.catalogue import load
from tests.support.einvoices import ITEMS, PAGE, cii, ubl


@pytest.fixture
def extract(carrying):
    def run(*carried, page=PAGE, schema=None):
        return extract_by_rules(carrying(*carried, page=page), schema or load("invoice"))

    return run


def kinds(extraction, name):
    return [place.kind for place in extraction.fields[f"/line_items/{name}"].evidence]


def test_rows_have_what_the_data_and_the_page_say(extract):
    found = extract(cii())
    first = found.data["line_items"][0]
    assert first == {
        "position": "1",
        "code": "A-1004",
        "description": "Copy paper A4, white",
        "quantity": Decimal(40),
        "unit": "box",
        "unit_price": Decimal("21.90"),
        "tax_rate": Decimal("19.00"),
        "amount": Decimal("876.00"),
    }
    assert kinds(found, "0/amount") == ["embedded", "page"]
    assert kinds(found, "0/tax_rate") == ["embedded"]
    assert kinds(found, "0/code") == ["page"]
    assert found.rows["/line_items"].counted == found.rows["/line_items"].returned == 2


def test_the_page_is_not_needed(extract):
    found = extract(ubl(), page="Please see the attachment.")
    assert found.data["line_items"] == [
        {
            "position": "1",
            "description": "Dike inspection",
            "quantity": Decimal(4),
            "unit": "hour",
            "unit_price": Decimal("25.00"),
            "tax_rate": Decimal(19),
            "amount": Decimal("100.00"),
            "code": None,
        }
    ]
    assert found.rows["/line_items"].counted == 1


def test_lines_that_add_up_are_counted_whatever_the_page_seems_to_show(extract):
    page = PAGE.replace(
        "Net total", "3     A-9     Something else               1   box          1.00       1.00\n\nNet total"
    )
    found = extract(cii(), page=page)
    assert (found.rows["/line_items"].counted, found.rows["/line_items"].returned) == (2, 2)


def test_lines_that_do_not_add_up_are_held_against_the_page(extract):
    found = extract(cii(items=ITEMS[:1]))
    assert (found.rows["/line_items"].counted, found.rows["/line_items"].returned) == (2, 1)


def test_a_line_that_differs_is_told_and_what_differs_is_not_sure(extract):
    changed = [ITEMS[0], (ITEMS[1][0], "6", "99.45", ITEMS[1][3])]
    found = extract(cii(items=changed))
    assert [notice.where for notice in found.warnings if notice.code == "embedded-disagrees"] == ["/line_items/1"]
    price = found.fields["/line_items/1/unit_price"]
    assert price.value == Decimal("99.45")
    assert price.confidence == pytest.approx(SILENT * CONTRADICTED, abs=0.001)
    assert found.fields["/line_items/1/amount"].confidence > SILENT


def test_an_extract_without_lines_leaves_the_rows_of_the_page(extract):
    found = extract(cii(items=()))
    assert len(found.data["line_items"]) == 2
    assert kinds(found, "0/amount") == ["page"]


def test_two_invoices_with_lines_give_none(extract):
    assert kinds(extract(cii(), ubl()), "0/amount") == ["page"]


@pytest.mark.parametrize("name", ["positions", "invoice_lines", "products"])
def test_an_array_of_another_name_is_understood(extract, name):
    item = {"type": "object", "properties": {"description": {"type": "string"}, "total": {"type": "number"}}}
    schema = {"type": "object", "properties": {name: {"type": "array", "items": item}}}
    assert extract(cii(), page="nothing", schema=schema).data[name] == [
        {"description": description, "total": Decimal(amount)} for description, _, _, amount in ITEMS
    ]


@pytest.mark.parametrize("name", ["payments", "attendees"])
def test_an_array_of_something_else_is_not_filled(extract, name):
    item = {"type": "object", "properties": {"description": {"type": "string"}, "amount": {"type": "number"}}}
    schema = {"type": "object", "properties": {name: {"type": "array", "items": item}}}
    assert extract(cii(), page="nothing", schema=schema).data[name] == []


def test_equal_lines_are_each_matched_with_a_row_of_their_own(extract):
    rows = "".join(f"{n:<6}Bolt        1     1.00\n" for n in range(1, 101))
    page = f"Pos   Item        Qty   Amount\n{rows}"
    found = extract(cii(items=[("Bolt", "1", "1.00", "1.00")] * 100), page=page)
    places = [str(found.fields[f"/line_items/{n}/amount"].evidence[1].boxes) for n in range(100)]
    assert len(set(places)) == 100
