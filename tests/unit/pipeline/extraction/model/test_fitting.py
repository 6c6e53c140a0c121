"""What of an answer fits the question."""

from decimal import Decimal

from pipeline.extraction.leaves import read_schema
from pipeline.extraction.model.compact import MAX_ITEMS, MAX_TEXT
from pipeline.extraction.model.fitting import fit, violations
from pipeline.extraction.validation import SchemaValidator

SCHEMA = {
    "type": "object",
    "properties": {
        "no": {"type": "string", "pattern": "^A"},
        "date": {"type": "string", "format": "date"},
        "total": {"type": "number"},
        "count": {"type": "integer"},
        "paid": {"type": "boolean"},
        "kind": {"enum": ["invoice", "credit"]},
        "rows": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
    },
    "required": ["no", "total"],
}
TREE = read_schema(SCHEMA)


def faults(answer):
    return [str(fault).split(":", maxsplit=1)[0] for fault in fit(answer, TREE).faults]


def test_nulls_are_left_out_and_values_kept():
    fitted = fit({"no": "A-1", "date": None, "total": Decimal("1.50"), "paid": False, "rows": []}, TREE)
    assert fitted.data == {"no": "A-1", "total": Decimal("1.50"), "paid": False, "rows": []}
    assert not fitted.faults


def test_a_number_in_quotes_is_that_number_with_its_digits():
    assert str(fit({"total": "12.50"}, TREE).data["total"]) == "12.50"


def test_what_does_not_fit_is_named_by_its_place():
    answer = {"date": "12.03.2026", "total": "1.234,50", "count": Decimal("1.5"), "paid": "yes", "kind": "other"}
    assert faults(answer) == ["/date", "/total", "/count", "/paid", "/kind"]
    assert faults({"date": "2026-02-30"}) == ["/date"]
    assert fit(answer, TREE).data == {}


def test_properties_that_nobody_asked_for_are_faults_and_not_kept():
    fitted = fit({"no": "A-1", "remark": "I added this", "rows": [{"n": 1, "x": 2}]}, TREE)
    assert [str(fault) for fault in fitted.faults] == [
        "/remark: this property was not asked for",
        "/rows/0/x: this property was not asked for",
    ]
    assert fitted.data == {"no": "A-1", "rows": [{"n": 1}]}


def test_rows_keep_their_places_when_one_holds_nothing():
    assert fit({"rows": [{"n": None}, {"n": 2}]}, TREE).data["rows"] == [None, {"n": 2}]


def test_an_answer_that_is_no_object_fits_nowhere():
    assert fit([1], TREE).data == {}
    assert fit([1], TREE).faults


def test_texts_and_arrays_as_long_as_they_may_be_are_told():
    full = fit({"no": "x" * MAX_TEXT, "rows": [{"n": 1}] * MAX_ITEMS}, TREE).full
    assert full == [("no",), ("rows",)]


def test_the_users_patterns_are_faults_and_missing_values_are_none():
    found = violations({"no": "B-1"}, SchemaValidator(SCHEMA))
    assert [fault.path for fault in found] == [("no",)]
