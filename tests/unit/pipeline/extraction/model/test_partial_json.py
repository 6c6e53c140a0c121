"""JSON that ends in the middle keeps what was whole."""

import json
from decimal import Decimal

import pytest

from pipeline.extraction.model.partial_json import NotJson, parse

TEXT = (
    '{"no": "A-1 \\u00e9", "total": 1234.50, "paid": true, "seller": {"name": "Acme", "id": null}, '
    '"rows": [{"n": 1, "tags": ["a", "b"]}, {"n": -2.5e1, "tags": []}], "end": 7}'
)


def test_whole_json_is_read_as_it_is_with_its_digits():
    parsed = parse(TEXT)
    assert parsed.whole
    assert parsed.value == json.loads(TEXT, parse_float=Decimal)
    assert str(parsed.value["total"]) == "1234.50"


@pytest.mark.parametrize("length", range(1, len(TEXT)))
def test_every_beginning_is_read_as_far_as_it_goes(length):
    parsed = parse(TEXT[:length])
    whole = parse(TEXT)
    assert not parsed.whole
    assert parsed.problem == ""
    for path, (start, stop) in parsed.spans.items():
        assert whole.spans[path] == (start, stop)
    rows = parsed.value.get("rows", [])
    assert rows == whole.value["rows"][: len(rows)], "a row that was not finished is left out"


def test_an_unfinished_row_is_left_out_and_its_array_named():
    parsed = parse('{"a": 1, "rows": [{"n": 1}, {"n": 2, "text": "half')
    assert parsed.value == {"a": 1, "rows": [{"n": 1}]}
    assert parsed.open_array == ("rows",)
    assert ("rows", 1, "n") not in parsed.spans


def test_a_number_that_may_go_on_is_not_taken():
    assert parse('{"a": 12').value == {}
    assert parse('{"a": 12,').value == {"a": 12}
    assert parse('{"a": 1.').value == {}


@pytest.mark.parametrize(("text", "kept"), [('{"a": 1, "b" 2}', {"a": 1}), ('{"r": [1, 2, x]}', {"r": [1, 2]})])
def test_what_stands_before_a_fault_is_kept_and_the_fault_is_told(text, kept):
    parsed = parse(text)
    assert not parsed.whole
    assert parsed.value == kept
    assert parsed.problem


@pytest.mark.parametrize("text", ["Here you are: {}", "{} and more", "nope", "NaN"])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(NotJson):
        parse(text)


@pytest.mark.parametrize("text", ['{"a":' * 200, "[" * 100_000, '{"n": ' + "9" * 5_000 + "}", '{"n": 1e999999999}'])
def test_hostile_json_is_cut_where_it_begins_to_be_hostile(text):
    assert not parse(text).whole


def test_spans_are_those_of_the_values():
    parsed = parse('{"a": "x y", "rows": [10, 2.50]}')
    text = '{"a": "x y", "rows": [10, 2.50]}'
    assert {path: text[start:stop] for path, (start, stop) in parsed.spans.items()} == {
        ("a",): '"x y"',
        ("rows", 0): "10",
        ("rows", 1): "2.50",
    }


def test_half_of_a_surrogate_pair_can_still_be_written():
    assert parse('{"a": "\\ud800"}').value["a"].encode()


@pytest.mark.parametrize(
    "number", ["1e99999999999999999999999999", "1e-99999999999999999999999999", "1e9999", "0e9999"]
)
def test_a_number_out_of_all_bounds_ends_what_is_read_and_is_told(number):
    found = parse(f'{{"no": 7, "total": {number}}}')
    assert (found.value, found.whole) == ({"no": 7}, False)
    assert "bounds" in found.problem
