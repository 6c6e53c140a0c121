"""Which extracted values filters can ask for."""

from decimal import Decimal
from typing import Any

from pipeline.jobs.handlers.annotate import MAX_FIELDS, MAX_TEXT, filterable


def field(value: Any) -> dict[str, Any]:
    return {"value": value, "confidence": 1.0, "grounded": True, "evidence": []}


def test_scalars_are_taken_with_their_pointers_and_numbers_can_be_compared() -> None:
    fields = {
        "/invoice_number": field("INV-7"),
        "/total": field(Decimal("119.00")),
        "/paid": field(False),
        "/pages": field(2),
        "/seller/name": field("Pier 7"),
    }
    found = filterable(fields)
    assert found == {"/invoice_number": "INV-7", "/total": 119.0, "/paid": False, "/pages": 2, "/seller/name": "Pier 7"}
    assert isinstance(found["/total"], float)


def test_missing_values_rows_and_long_texts_are_left_out() -> None:
    fields = {
        "/due_date": field(None),
        "/line_items/0/amount": field(Decimal("1.00")),
        "/line_items/12/sku": field("x"),
        "/tags/0": field("a"),
        "/clause": field("x" * (MAX_TEXT + 1)),
        "/note": field("x" * MAX_TEXT),
    }
    assert list(filterable(fields)) == ["/note"]


def test_a_property_whose_name_holds_digits_is_no_row() -> None:
    assert list(filterable({"/line2": field("x"), "/2nd_name": field("y")})) == ["/line2", "/2nd_name"]


def test_their_number_is_bounded() -> None:
    many = {f"/f_{number}": field(number) for number in range(MAX_FIELDS + 10)}
    assert list(filterable(many)) == list(many)[:MAX_FIELDS]


def test_nothing_extracted_is_nothing_to_ask_for() -> None:
    assert filterable({}) == {}
