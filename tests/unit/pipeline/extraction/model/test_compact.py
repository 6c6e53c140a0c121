"""What model servers get to hold an answer to."""

import json
from importlib.resources import files

import pytest

from pipeline.extraction.leaves import leaves, read_schema
from pipeline.extraction.model.compact import MAX_ITEMS, MAX_TEXT, compact_schema

KNOWN = {
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "maxItems",
    "maxLength",
    "enum",
    "description",
}
BUILT_IN = sorted(path.name for path in files("schemas.catalogue").iterdir() if path.name.endswith(".json"))


def subschemas(schema):
    yield schema
    for inner in schema.get("properties", {}).values():
        yield from subschemas(inner)
    if "items" in schema:
        yield from subschemas(schema["items"])


def compact(schema):
    return compact_schema(read_schema({"type": "object", **schema}))


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_schema_has_nothing_that_a_grammar_refuses(name):
    schema = json.loads(files("schemas.catalogue").joinpath(name).read_text())
    made = compact_schema(read_schema(schema))
    for each in subschemas(made):
        assert set(each) <= KNOWN
        if each.get("type") == "object":
            assert each["additionalProperties"] is False
            assert each["properties"], "an empty object is no grammar"
            assert each["required"] == list(each["properties"])
        if each.get("type") == "array":
            assert 0 < each["maxItems"] <= MAX_ITEMS
        if "string" in each.get("type", ()):
            assert 0 < each["maxLength"] <= MAX_TEXT
    assert sum(1 for _ in leaves(read_schema(schema))) == sum(
        1 for each in subschemas(made) if each.get("type") not in ("object", "array")
    )


def test_references_and_all_of_are_worked_in():
    made = compact(
        {
            "properties": {"seller": {"$ref": "#/$defs/party"}},
            "$defs": {"party": {"allOf": [{"type": "object", "properties": {"name": {"type": "string"}}}]}},
        }
    )
    assert made["properties"]["seller"]["properties"]["name"]["type"] == ["string", "null"]


def test_every_leaf_may_be_null_and_allowed_values_stay():
    made = compact(
        {"properties": {"kind": {"enum": ["a", "b"]}, "paid": {"type": "boolean"}, "n": {"type": "integer"}}}
    )
    assert made["properties"]["kind"]["enum"] == ["a", "b", None]
    assert made["properties"]["paid"]["type"] == ["boolean", "null"]
    assert made["properties"]["n"]["type"] == ["integer", "null"]


def test_patterns_and_formats_are_told_in_words_and_not_as_rules():
    made = compact({"properties": {"d": {"type": "string", "format": "date", "pattern": "^2", "description": "When"}}})
    assert made["properties"]["d"] == {
        "type": ["string", "null"],
        "maxLength": MAX_TEXT,
        "description": "When; as YYYY-MM-DD",
    }


def test_labels_are_told_and_bounds_of_the_user_are_kept():
    leaf = {"type": "string", "maxLength": 12, "x-sheaf-labels": ["Invoice no."]}
    made = compact({"properties": {"no": leaf, "rows": {"type": "array", "maxItems": 3, "items": {"type": "string"}}}})
    assert made["properties"]["no"]["maxLength"] == 12
    assert made["properties"]["no"]["description"] == "printed as: Invoice no."
    assert made["properties"]["rows"]["maxItems"] == 3


def test_an_object_without_properties_is_left_out():
    made = compact({"properties": {"empty": {"type": "object"}, "total": {"type": "number"}}})
    assert list(made["properties"]) == ["total"]


def test_equal_schemas_give_equal_bytes():
    schema = {"properties": {"b": {"type": "string"}, "a": {"type": "number"}}}
    assert json.dumps(compact(schema)) == json.dumps(compact(json.loads(json.dumps(schema))))
    assert list(compact(schema)["properties"]) == ["b", "a"]
