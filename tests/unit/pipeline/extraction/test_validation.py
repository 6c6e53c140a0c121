"""Data is held against its schema exactly, and nothing is fetched for it."""

from decimal import Decimal

import pytest

from pipeline.extraction.validation import SchemaValidator


def _violations(schema, data):
    validator = SchemaValidator({"type": "object", "properties": {"x": schema}, "required": ["x"]})
    return [(violation.path, violation.keyword, violation.missing) for violation in validator.violations(data)]


def test_data_that_fits_has_no_violations():
    assert _violations({"type": "number"}, {"x": Decimal("1.50")}) == []


def test_what_is_missing_is_named():
    assert _violations({"type": "number"}, {}) == [((), "required", "x")]


@pytest.mark.parametrize(
    ("schema", "value", "keyword"),
    [
        ({"multipleOf": 0.01}, Decimal("1.505"), "multipleOf"),
        ({"minimum": 0.1}, Decimal("0.09"), "minimum"),
        ({"pattern": "^[A-Z]+$"}, "ab", "pattern"),
        ({"format": "date"}, "2024-02-30", "format"),
        ({"format": "email"}, "nobody", "format"),
        ({"enum": ["a"]}, "b", "enum"),
        ({"type": "integer"}, Decimal("1.5"), "type"),
    ],
)
def test_each_keyword_is_held(schema, value, keyword):
    assert _violations(schema, {"x": value}) == [(("x",), keyword, None)]


def test_decimals_are_compared_without_going_through_floats():
    assert _violations({"multipleOf": 0.01, "maximum": 0.3}, {"x": Decimal("0.30")}) == []


def test_of_a_union_the_branch_that_went_furthest_is_blamed():
    schema = {
        "anyOf": [{"type": "null"}, {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]}]
    }
    assert _violations(schema, {"x": {"a": "text"}}) == [(("x", "a"), "type", None)]


def test_patterns_that_explode_elsewhere_do_not_here():
    assert _violations({"pattern": "^(a+)+$"}, {"x": "a" * 40 + "!"}) == [(("x",), "pattern", None)]
