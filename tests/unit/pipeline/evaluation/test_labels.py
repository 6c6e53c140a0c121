"""Labels are read, or refused with the line and the reason."""

import json

import pytest

from pipeline.evaluation.labels import BadLabels, make_label, read_labels
from pipeline.extraction.leaves import read_schema

SCHEMA = read_schema(
    {
        "type": "object",
        "properties": {
            "number": {"type": "string", "x-sheaf-type": "id"},
            "date": {"type": "string", "format": "date"},
            "a/b": {"type": "string"},
            "seller": {"type": "object", "properties": {"name": {"type": "string", "x-sheaf-type": "company"}}},
            "lines": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "text": {"type": "string"},
                        "amount": {"type": "number"},
                        "notes": {"type": "array", "items": {"type": "string"}},
                    },
                },
            },
            "tags": {"type": "array", "items": {"type": "string"}},
        },
    }
)


def fields(**given):
    return {field.pointer: (field.kind, field.value) for field in make_label("x", given, SCHEMA).fields}


def test_fields_are_named_by_property_or_pointer_and_nested():
    assert fields(number="7") == fields(**{"/number": "7"}) == {"/number": ("id", "7")}
    assert fields(seller={"name": "A"}) == fields(**{"/seller/name": "A"}) == {"/seller/name": ("name", "A")}
    assert fields(**{"a/b": "1"}) == fields(**{"/a~1b": "1"}) == {"/a~1b": ("text", "1")}
    assert fields(seller=None) == {"/seller/name": ("name", None)}


def test_arrays_are_rows_of_cells():
    label = make_label("x", {"lines": [{"text": "a", "amount": 1}, {"text": "b"}], "tags": ["t"]}, SCHEMA)
    lines, tags = label.arrays
    assert (lines.pointer, dict(lines.columns)) == ("/lines", {"/text": "text", "/amount": "number"})
    assert lines.rows == [{"/text": "a", "/amount": 1}, {"/text": "b"}]
    assert tags.rows == [{"": "t"}]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"nubmer": "7"}, "no field 'nubmer'"),
        ({"seller": {"nam": "x"}}, "no field '/seller/nam'"),
        ({"/seller/name/x": "x"}, "no field"),
        ({"/lines/0/text": "x"}, "as a list of rows"),
        ({"lines": "x"}, "is an array"),
        ({"seller": "x"}, "is an object"),
        ({"number": ["x"]}, "is one value"),
        ({"lines": [{"notes": ["x"]}]}, "inside a row"),
    ],
)
def test_what_does_not_fit_the_schema_is_refused(given, said):
    with pytest.raises(BadLabels, match=said):
        make_label("x", given, SCHEMA)


def write(folder, *lines):
    (folder / "a.pdf").write_bytes(b"%PDF")
    (folder / "labels.jsonl").write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "no JSON"),
        ([], "a label is"),
        ({"file": "a.pdf"}, "a label is"),
        ({"file": "b.pdf", "fields": {}}, "there is no file 'b.pdf'"),
        ({"file": "../a.pdf", "fields": {}}, "outside"),
        ({"file": "a.pdf", "fields": {}}, "labelled twice"),
        ({"file": "a.pdf", "fields": {"x": 1}}, "no field 'x'"),
    ],
)
def test_a_bad_line_is_named_by_its_number(tmp_path, line, said):
    write(tmp_path, {"file": "a.pdf", "fields": {"number": "7"}}, "", line)
    with pytest.raises(BadLabels, match=f"line 3: .*{said}"):
        read_labels(tmp_path, SCHEMA)


def test_a_folder_without_labels_is_refused(tmp_path):
    with pytest.raises(BadLabels, match="No such file"):
        read_labels(tmp_path, SCHEMA)
    write(tmp_path, "")
    with pytest.raises(BadLabels, match="holds no label"):
        read_labels(tmp_path, SCHEMA)
