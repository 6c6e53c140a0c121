"""A leaf is read by what its schema and its name say."""

from decimal import Decimal

import pytest

from pipeline.extraction.leaves import Leaf, leaves, read_schema
from pipeline.extraction.rules.lexicon import load_lexicon
from pipeline.extraction.rules.targets import make_target, own_labels


def _target(name, schema):
    tree = read_schema({"type": "object", "properties": {name: schema}})
    return make_target(next(iter(leaves(tree))), load_lexicon())


@pytest.mark.parametrize(
    ("name", "schema", "kind"),
    [
        ("x", {"type": "string", "x-sheaf-type": "iban"}, "iban"),
        ("x", {"type": "string", "format": "date-time"}, "date"),
        ("x", {"type": "string", "format": "email"}, "email"),
        ("x", {"enum": ["a", "b"]}, "enum"),
        ("x", {"type": "boolean"}, "boolean"),
        ("pages", {"type": "integer"}, "integer"),
        ("monthly_rent", {"type": "number"}, "money"),
        ("weight", {"type": "number"}, "number"),
        ("tax_rate", {"type": "number"}, "percent"),
        ("checkInDate", {"type": "string"}, "date"),
        ("policy_no", {"type": "string"}, "id"),
        ("remarks", {"type": "string"}, "text"),
        ("invoice_number", {"type": "string"}, "id"),
        ("telephone", {"type": "string", "x-sheaf-type": "id"}, "phone"),
        ("iban", {"type": "string", "x-sheaf-type": "id"}, "iban"),
        ("order_number", {"type": "string", "x-sheaf-type": "id"}, "id"),
    ],
)
def test_the_kind_follows_from_hint_format_type_and_name(name, schema, kind):
    assert _target(name, schema).kind == kind


def test_a_concept_whose_values_the_type_cannot_hold_is_not_meant():
    assert _target("total", {"type": "number"}).concept == "total"
    assert _target("invoice_date", {"type": "integer"}).concept is None


@pytest.mark.parametrize(
    ("schema", "value", "fitted"),
    [
        ({"type": "string"}, Decimal("1.50"), "1.50"),
        ({"type": "number"}, Decimal("1.50"), Decimal("1.50")),
        ({"type": "integer"}, Decimal("3.00"), 3),
        ({"type": "integer"}, Decimal("3.50"), None),
        ({"type": "number"}, "x", None),
        ({"type": "boolean"}, True, True),
        ({"type": "boolean"}, "yes", None),
        ({"type": "string", "pattern": "^[A-Z]+$"}, "ab", None),
        ({"type": "string", "maxLength": 2}, "abc", None),
        ({"type": "number", "minimum": 0}, Decimal(-1), None),
        ({"enum": ["a"]}, "b", None),
    ],
)
def test_a_value_is_fitted_to_the_leaf_or_refused(schema, value, fitted):
    assert _target("x", schema).fit(value) == fitted


def _labels(properties, path):
    tree = read_schema({"type": "object", "properties": properties})
    return own_labels(next(leaf for leaf in leaves(tree) if leaf.path == path))


def test_a_leaf_is_called_what_hints_title_name_and_short_descriptions_say():
    schema = {"type": "string", "title": "Policy", "x-sheaf-labels": ["Policy no"], "description": "Number of policy"}
    assert _labels({"policyRef": schema}, ("policyRef",)) == [
        ("policy", "no"),
        ("policy",),
        ("no", "of", "policy"),
        ("policy", "ref"),
    ]


def test_a_vague_name_labels_nothing_inside_an_object():
    properties = {"party": {"type": "object", "properties": {"name": {"type": "string"}}}, "name": {"type": "string"}}
    assert _labels(properties, ("party", "name")) == []
    assert _labels(properties, ("name",)) == [("name",)]


def test_the_leaf_of_a_target_keeps_its_path():
    target = _target("total", {"type": "number"})
    assert isinstance(target.leaf, Leaf)
    assert (target.key, target.owners) == ("/total", ("/total", "total"))
