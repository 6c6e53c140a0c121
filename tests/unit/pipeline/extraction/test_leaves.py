"""A schema is read as a tree of what is asked for."""

from pipeline.extraction.leaves import Array, Leaf, Object, arrays, leaves, read_schema


def _leaf(schema):
    return next(iter(leaves(read_schema({"type": "object", "properties": {"x": schema}}))))


def test_leaves_are_named_by_their_paths_with_a_star_for_rows():
    tree = read_schema(
        {
            "type": "object",
            "properties": {
                "seller": {"type": "object", "properties": {"name": {"type": "string"}}},
                "lines": {"type": "array", "items": {"type": "object", "properties": {"price": {"type": "number"}}}},
            },
        }
    )
    assert [leaf.path for leaf in leaves(tree)] == [("seller", "name"), ("lines", "*", "price")]
    assert [array.path for array in arrays(tree)] == [("lines",)]


def test_a_union_with_null_is_its_other_branch_and_nullable():
    for schema in (
        {"type": ["number", "null"]},
        {"anyOf": [{"type": "null"}, {"type": "number"}]},
        {"oneOf": [{"type": "number"}, {"type": "null"}]},
    ):
        leaf = _leaf(schema)
        assert (leaf.type, leaf.nullable) == ("number", True)


def test_references_and_all_of_are_worked_in():
    tree = read_schema(
        {
            "type": "object",
            "properties": {
                "party": {
                    "allOf": [{"$ref": "#/$defs/named"}],
                    "properties": {"role": {"type": "string"}},
                    "title": "Party",
                }
            },
            "$defs": {"named": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}},
        }
    )
    party = tree.children["party"]
    assert isinstance(party, Object)
    assert set(party.children) == {"name", "role"}
    assert party.children["name"].required
    assert not party.children["role"].required


def test_an_enumeration_gives_the_type_where_none_is_named():
    assert _leaf({"enum": [1, 2, None]}).type == "integer"
    assert _leaf({"enum": [1, 2, None]}).nullable
    assert _leaf({"enum": ["a", "b"]}).members == ["a", "b"]
    assert _leaf({"const": True}).type == "boolean"
    assert _leaf({}).type == "string"


def test_a_schema_says_what_it_calls_a_value():
    leaf = _leaf(
        {"type": "string", "title": "Policy", "x-sheaf-labels": ["Policy no"], "format": "date", "description": "d"}
    )
    assert (leaf.texts, leaf.hint, leaf.described) == (("Policy no", "Policy"), "date", "d")


def test_arrays_of_scalars_have_a_leaf_for_their_items():
    tree = read_schema({"type": "object", "properties": {"skills": {"type": "array", "items": {"type": "string"}}}})
    skills = tree.children["skills"]
    assert isinstance(skills, Array)
    assert isinstance(skills.item, Leaf)
    assert skills.item.name == "skills"
