"""No schema passes the gate that could fetch, hang, or grow beyond bounds; every fault is named."""

import pytest

from pipeline.errors import InvalidSchema
from pipeline.extraction.gate import MAX_BYTES, MAX_DEPTH, MAX_ENUM, MAX_NODES, check_schema


def _faults(schema) -> dict[str, str]:
    with pytest.raises(InvalidSchema) as caught:
        check_schema(schema)
    return {fault["path"]: fault["message"] for fault in caught.value.facts["errors"]}


def _with(schema):
    return {"type": "object", "properties": {"x": schema}}


def _nested(depth: int) -> dict:
    schema: dict = {"type": "string"}
    for _ in range(depth - 1):
        schema = _with(schema)
    return schema


def test_an_ordinary_schema_passes():
    check_schema(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://example.com/a",
            "type": "object",
            "properties": {
                "when": {
                    "type": ["string", "null"],
                    "format": "date",
                    "x-sheaf-labels": ["When"],
                    "x-sheaf-type": "date",
                },
                "who": {"$ref": "#/$defs/who"},
                "code": {"type": "string", "pattern": "^[A-Z]{2}$"},
                "rows": {"type": "array", "items": {"$ref": "#/$defs/who"}},
            },
            "$defs": {"who": {"type": "object", "properties": {"name": {"type": "string"}}}},
        }
    )


@pytest.mark.parametrize("schema", [[], "object", 1, None, True])
def test_a_schema_is_an_object(schema):
    assert _faults(schema) == {"": "a schema is a JSON object"}


def test_the_root_describes_an_object():
    assert "/type" in _faults({"type": "array", "items": {"type": "string"}})
    assert "/type" in _faults({"type": ["object", "null"]})


def test_faults_against_the_standard_are_named_with_their_places():
    faults = _faults(_with({"type": "strin", "minLength": -1}))
    assert set(faults) == {"/properties/x/type", "/properties/x/minLength"}
    assert faults["/properties/x/type"].startswith("'strin' is none of array, boolean")


def test_another_dialect_is_not_understood():
    assert "/$schema" in _faults({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"})


@pytest.mark.parametrize(
    "reference", ["https://example.com/s.json", "#/properties/x", "other.json#/a", "#", "#/$defs/a/b", "#/$defs/none"]
)
def test_only_names_of_the_roots_definitions_may_be_referred_to(reference):
    schema = _with({"$ref": reference}) | {"$defs": {"a": {"type": "string"}}}
    assert list(_faults(schema)) == ["/properties/x/$ref"]


@pytest.mark.parametrize("key", ["$dynamicRef", "$dynamicAnchor", "$anchor", "definitions", "patternProperties"])
def test_what_would_reach_elsewhere_is_refused(key):
    value = {} if key in ("definitions", "patternProperties") else "#x" if key == "$dynamicRef" else "x"
    assert list(_faults(_with({key: value}))) == [f"/properties/x/{key}"]


def test_an_identifier_inside_would_move_the_base_of_references():
    assert list(_faults(_with({"$id": "https://example.com/b"}))) == ["/properties/x"]


def test_recursion_is_refused():
    schema = _with({"$ref": "#/$defs/a"}) | {
        "$defs": {"a": {"properties": {"b": {"$ref": "#/$defs/b"}}}, "b": {"items": {"$ref": "#/$defs/a"}}}
    }
    assert set(_faults(schema)) == {"/$defs/a", "/$defs/b"}


def test_references_that_multiply_are_refused():
    definitions = {f"d{i}": {"anyOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(30)} | {
        "d30": {"type": "string"}
    }
    assert "references are followed" in _faults(_with({"$ref": "#/$defs/d0"}) | {"$defs": definitions})[""]


def test_size_depth_and_count_are_bounded():
    assert "bytes" in _faults(_with({"description": "x" * MAX_BYTES}))[""]
    assert "deep" in next(iter(_faults(_nested(MAX_DEPTH + 1)).values()))
    check_schema(_nested(MAX_DEPTH))
    assert "subschemas" in _faults({"type": "object", "properties": {f"p{i}": {} for i in range(MAX_NODES)}})[""]


def test_nesting_that_would_exhaust_the_stack_is_refused_too():
    schema: dict = {}
    for _ in range(5_000):
        schema = {"not": schema}
    assert len(_faults(schema)) == 1


def test_enumerations_are_bounded():
    assert list(_faults(_with({"enum": list(range(MAX_ENUM + 1))}))) == ["/properties/x/enum"]


def test_patterns_must_be_of_re2():
    assert "RE2" in _faults(_with({"pattern": "(?=a)b"}))["/properties/x/pattern"]


def test_unknown_formats_and_kinds_are_refused_because_nothing_would_check_them():
    assert "unknown format" in _faults(_with({"format": "iban"}))["/properties/x/format"]
    assert "unknown type" in _faults(_with({"x-sheaf-type": "thing"}))["/properties/x/x-sheaf-type"]


@pytest.mark.parametrize("kind", [[], ["date"], {}, None, 1, True])
def test_a_kind_is_a_text(kind):
    """A list or an object cannot be looked up in a set; that was once told as a fault of ours."""
    assert "unknown type" in _faults(_with({"x-sheaf-type": kind}))["/properties/x/x-sheaf-type"]


@pytest.mark.parametrize("labels", ["Total", [1], [""], ["x" * 101], ["a"] * 101])
def test_labels_are_a_short_list_of_short_texts(labels):
    assert list(_faults(_with({"x-sheaf-labels": labels}))) == ["/properties/x/x-sheaf-labels"]


def test_properties_may_be_named_like_keywords_and_data_is_no_schema():
    check_schema(
        {
            "type": "object",
            "properties": {
                "$ref": {"type": "string"},
                "pattern": {"type": "string"},
                "x": {"const": {"$ref": "http://a", "pattern": "(?=a)"}},
            },
        }
    )


def test_all_faults_are_listed_at_once():
    schema = {
        "type": "object",
        "properties": {"a": {"pattern": "("}, "b": {"format": "nope"}, "c": {"$ref": "http://x"}},
    }
    assert set(_faults(schema)) == {"/properties/a/pattern", "/properties/b/format", "/properties/c/$ref"}
