"""A level of a cascade is asked for what the ones before it were not sure of."""

from pipeline.extraction.leaves import leaves, read_schema
from pipeline.extraction.model.selecting import select, stated, unsettled
from schemas.evidence import EmbeddedEvidence
from schemas.extraction import Extraction, FieldValue, RowCount

TREE = read_schema(
    {
        "type": "object",
        "properties": {
            "no": {"type": "string"},
            "seller": {"type": "object", "properties": {"name": {"type": "string"}, "id": {"type": "string"}}},
            "rows": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
        },
    }
)


def known(fields, counted=2, returned=2, unplaced=0):
    values = {name: FieldValue(value="x", confidence=sure, grounded=True) for name, sure in fields.items()}
    rows = {"/rows": RowCount(counted=counted, returned=returned, unplaced=unplaced)}
    return Extraction(data={}, fields=values, rows=rows)


SURE = {"/no": 0.95, "/seller/name": 0.95, "/seller/id": 0.95, "/rows/0/n": 0.95, "/rows/1/n": 0.95}


def test_what_is_sure_is_not_asked_for_again():
    assert unsettled(TREE, known(SURE), 0.9) == set()


def test_doubtful_and_missing_values_are_asked_for():
    found = known({"/no": 0.5, "/seller/name": 0.95, "/rows/0/n": 0.95, "/rows/1/n": 0.95})
    assert unsettled(TREE, found, 0.9) == {("no",), ("seller", "id")}


def test_a_value_that_two_readers_did_not_find_is_not_asked_for_again():
    found = known({name: sure for name, sure in SURE.items() if name != "/no"})
    assert unsettled(TREE, found, 0.9, none_found={("no",)}) == set()


def test_an_array_is_asked_for_whole_where_rows_are_missing_unplaced_or_doubtful():
    assert unsettled(TREE, known(SURE, counted=3), 0.9) == {("rows",)}
    assert unsettled(TREE, known(SURE, counted=None), 0.9) == {("rows",)}
    assert unsettled(TREE, known(SURE, unplaced=1), 0.9) == {("rows",)}
    assert unsettled(TREE, known({**SURE, "/rows/1/n": 0.4}), 0.9) == {("rows",)}


def test_a_selection_keeps_nothing_but_what_is_wanted():
    chosen = select(TREE, {("seller", "id"), ("rows",)})
    assert [leaf.path for leaf in leaves(chosen)] == [("seller", "id"), ("rows", "*", "n")]
    assert list(select(TREE, {("no",)}).children) == ["no"]


def test_what_data_inside_the_file_states_is_told_apart_leaf_by_leaf_and_list_by_list():
    found = known(SURE)
    place = EmbeddedEvidence(source="factur-x.xml", path="/a/b", quote="x")
    for name in ("/seller/name", "/rows/1/n"):
        found.fields[name] = FieldValue(value="x", confidence=0.4, grounded=True, evidence=[place])
    assert stated(TREE, found) == {("seller", "name"), ("rows",)}
    assert stated(TREE, known(SURE)) == set()
