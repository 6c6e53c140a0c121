"""Which values of a document filters can ask for."""

from decimal import Decimal
from typing import Any

from pipeline.filtering.values import LONGEST, MOST_VALUES, of_extraction, of_metadata


def field(value: Any) -> dict[str, Any]:
    return {"value": value, "confidence": 1.0, "grounded": True, "evidence": []}


def test_scalars_are_taken_with_their_pointers_and_all_their_digits() -> None:
    fields = {"/number": field("INV-7"), "/total": field(Decimal("119.00")), "/paid": field(False), "/a/b": field(2)}
    found = of_extraction(fields)
    assert found == {"/number": ["INV-7"], "/total": [Decimal("119.00")], "/paid": [False], "/a/b": [2]}
    assert str(found["/total"][0]) == "119.00"


def test_missing_values_rows_and_long_texts_are_left_out() -> None:
    fields = {
        "/due_date": field(None),
        "/line_items/0/amount": field(Decimal("1.00")),
        "/line_items/12/sku": field("x"),
        "/clause": field("x" * (LONGEST + 1)),
        "/note": field("x" * LONGEST),
    }
    assert list(of_extraction(fields)) == ["/note"]


def test_a_property_whose_name_holds_digits_is_no_row() -> None:
    assert list(of_extraction({"/line2": field("x"), "/2nd_name": field("y")})) == ["/line2", "/2nd_name"]


def test_the_values_of_a_plain_list_stand_together() -> None:
    assert of_extraction({"/skills/0": field("a"), "/skills/1": field("b")}) == {"/skills": ["a", "b"]}


def test_their_number_is_bounded() -> None:
    many = {f"/f_{number}": field(number) for number in range(MOST_VALUES + 10)}
    assert list(of_extraction(many)) == list(many)[:MOST_VALUES]
    assert of_extraction({}) == {}


def test_metadata_may_be_nested_and_its_keys_are_escaped() -> None:
    metadata = {"tags": ["a", "b"], "order": {"no/1": 7, "rows": [{"x": 1}]}, "none": None}
    assert of_metadata(metadata) == {"/tags": ["a", "b"], "/order/no~11": [7]}
