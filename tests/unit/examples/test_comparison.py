from decimal import Decimal

import pytest

from examples.demo.comparison import Checker

CHECK = Checker("a.pdf")


def where(expected: object, found: object) -> list[str]:
    return [difference.where for difference in CHECK.tree(expected, found)]


def test_equal_trees_have_no_differences() -> None:
    tree = {"total": Decimal("40.00"), "items": [{"name": "bread"}]}
    assert where(tree, {"total": Decimal("40.0"), "items": [{"name": "bread"}]}) == []


def test_every_leaf_that_differs_is_named_by_its_pointer() -> None:
    assert where({"a": {"b": "x", "c": 1}}, {"a": {"b": "y", "c": 1}}) == ["/a/b"]


@pytest.mark.parametrize(
    ("expected", "found"), [({"a": 1}, {}), ({}, {"a": 1}), ({"a": 1}, None), ({"a": {"b": 1}}, {"a": None})]
)
def test_missing_and_invented_values_are_differences(expected: object, found: object) -> None:
    assert len(where(expected, found)) == 1


def test_null_and_missing_are_the_same() -> None:
    assert where({"a": None}, {}) == where({}, {"a": None, "b": {"c": None}}) == []


def test_missing_rows_are_a_difference_of_their_own() -> None:
    assert where({"rows": [1, 2]}, {"rows": [1]}) == ["/rows (rows)"]
    assert where({"rows": [1]}, {}) == ["/rows (rows)"]


def test_money_is_compared_by_value_with_numbers_only() -> None:
    assert where({"a": Decimal("12.00")}, {"a": 12}) == []
    assert where({"a": Decimal("12.00")}, {"a": "12.00"}) == ["/a"]


def test_a_difference_shows_both_sides() -> None:
    (difference,) = CHECK.equal("status", "succeeded", None)
    assert (difference.document, difference.expected, difference.found) == ("a.pdf", "succeeded", "nothing")
