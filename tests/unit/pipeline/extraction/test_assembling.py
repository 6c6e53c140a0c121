"""The data validates, or there is none and a warning says what is missing."""

from decimal import Decimal

from pipeline.extraction.assembling import Assembler, Found
from pipeline.extraction.leaves import read_schema
from schemas.evidence import TextEvidence

PLACE = TextEvidence(quote="q", start=0, end=1)


def _found(path, value):
    return Found(path=path, value=value, confidence=0.5, evidence=[PLACE])


def _assemble(schema, *found, counted=None):
    schema = {"type": "object"} | schema
    return Assembler(read_schema(schema), schema, found).assemble(counted or {})


def test_values_stand_at_their_paths_and_fields_name_them_by_pointer():
    schema = {"properties": {"a": {"type": "object", "properties": {"b": {"type": "number"}}}, "c": {"type": "string"}}}
    extraction = _assemble(schema, _found(("a", "b"), Decimal("1.50")), _found(("c",), "x"))
    assert extraction.data == {"a": {"b": Decimal("1.50")}, "c": "x"}
    assert set(extraction.fields) == {"/a/b", "/c"}
    assert extraction.fields["/c"].evidence == [PLACE]
    assert not extraction.fields["/c"].calibrated


def test_what_was_not_found_is_null_where_that_is_allowed_and_left_out_elsewhere():
    schema = {
        "properties": {
            "a": {"type": ["string", "null"]},
            "b": {"type": "string"},
            "c": {"type": ["object", "null"], "properties": {"d": {"type": "string"}}},
            "e": {"type": "object", "properties": {"f": {"type": ["string", "null"]}}},
            "g": {"type": "array", "items": {"type": "string"}},
        }
    }
    assert _assemble(schema).data == {"a": None, "c": None, "g": []}


def test_a_required_object_is_kept_with_its_nulls():
    schema = {
        "properties": {"a": {"type": "object", "properties": {"b": {"type": ["string", "null"]}}, "required": ["b"]}},
        "required": ["a"],
    }
    assert _assemble(schema).data == {"a": {"b": None}}


def test_rows_keep_their_order_and_close_up():
    schema = {
        "properties": {"r": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "string"}}}}}
    }
    extraction = _assemble(schema, _found(("r", 7, "n"), "b"), _found(("r", 2, "n"), "a"), counted={("r",): 3})
    assert extraction.data == {"r": [{"n": "a"}, {"n": "b"}]}
    assert set(extraction.fields) == {"/r/0/n", "/r/1/n"}
    assert (extraction.rows["/r"].counted, extraction.rows["/r"].returned) == (3, 2)


def test_a_value_that_the_schema_does_not_allow_is_taken_back_with_a_warning():
    extraction = _assemble({"properties": {"a": {"type": "number", "maximum": 10}}}, _found(("a",), Decimal(11)))
    assert extraction.data == {}
    assert extraction.fields == {}
    assert [(warning.code, warning.where) for warning in extraction.warnings] == [("value-refused", "/a")]


def test_a_row_without_a_required_value_is_left_out():
    item = {"type": "object", "properties": {"n": {"type": "string"}, "p": {"type": "number"}}, "required": ["n"]}
    extraction = _assemble(
        {"properties": {"r": {"type": "array", "items": item}}},
        _found(("r", 0, "n"), "a"),
        _found(("r", 1, "p"), Decimal(1)),
        _found(("r", 2, "n"), "c"),
        counted={("r",): 3},
    )
    assert extraction.data == {"r": [{"n": "a"}, {"n": "c"}]}
    assert set(extraction.fields) == {"/r/0/n", "/r/1/n"}
    assert extraction.rows["/r"].returned == 2
    assert extraction.warnings[0].code == "part-left-out"


def test_an_optional_object_that_lacks_something_is_left_out():
    inner = {"type": "object", "properties": {"n": {"type": "string"}, "p": {"type": "string"}}, "required": ["n"]}
    assert _assemble({"properties": {"a": inner}}, _found(("a", "p"), "x")).data == {}


def test_a_missing_required_value_leaves_no_data_but_the_fields_that_were_found():
    schema = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]}
    extraction = _assemble(schema, _found(("b",), "x"))
    assert extraction.data is None
    assert set(extraction.fields) == {"/b"}
    assert [(warning.code, warning.where) for warning in extraction.warnings] == [("missing-value", "/a")]


def test_an_array_with_too_few_rows_leaves_no_data_where_it_is_required():
    schema = {"properties": {"r": {"type": "array", "items": {"type": "string"}, "minItems": 1}}, "required": ["r"]}
    assert _assemble(schema).data is None
    assert _assemble({"properties": schema["properties"]}).data == {}


def test_names_with_slashes_are_escaped_in_pointers():
    assert set(_assemble({"properties": {"a/b": {"type": "string"}}}, _found(("a/b",), "x")).fields) == {"/a~1b"}


def test_a_row_that_lacks_several_required_values_costs_that_row_and_nothing_else():
    item = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": "string"}}}
    schema = {
        "properties": {"rows": {"type": "array", "items": item | {"required": ["a", "b", "c"]}}},
        "required": ["rows"],
    }
    whole = [_found(("rows", 0, name), "x") for name in "abc"]
    extraction = _assemble(schema, *whole, _found(("rows", 1, "a"), "y"), counted={("rows",): 2})
    assert extraction.data == {"rows": [{"a": "x", "b": "x", "c": "x"}]}
    assert extraction.rows["/rows"].returned == 1


def test_a_value_that_breaks_two_rules_is_taken_back_once_and_alone():
    leaf = {"type": "string", "pattern": "^A", "minLength": 5}
    schema = {"properties": {"seller": {"type": "object", "properties": {"id": leaf, "name": {"type": "string"}}}}}
    extraction = _assemble(schema, _found(("seller", "id"), "B-1"), _found(("seller", "name"), "Acme"))
    assert extraction.data == {"seller": {"name": "Acme"}}
