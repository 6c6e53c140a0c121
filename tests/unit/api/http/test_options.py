"""What a form's fields ask for."""

import pytest

from api.http.options import FIELDS, form_options
from pipeline.errors import InvalidRequest, InvalidSchema
from pipeline.jobs.options import JobOptions


def test_a_form_without_fields_asks_for_the_usual():
    assert form_options({}) == JobOptions()


def test_all_fields_are_understood():
    fields = {
        "schema": " invoice@1 ",
        "tasks": "extract, index",
        "webhook_url": "https://example.org/hook",
        "metadata": '{"case": 7}',
        "collection": "letters",
        "password": " secret ",
        "retention": "short",
    }
    assert {*fields, "store"} == set(FIELDS)
    assert form_options(fields) == JobOptions(
        schema="invoice@1",
        tasks=("extract", "index"),
        webhook_url="https://example.org/hook",
        metadata={"case": 7},
        collection="letters",
        password=" secret ",
        retention="short",
    )


def test_what_is_not_stored_is_of_no_other_class():
    assert form_options({"store": "none"}).retention == "none"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"store": "always"}, "store"),
        ({"store": "none", "retention": "short"}, "retention"),
        ({"retention": "none"}, "retention"),
        ({"retention": "default"}, "retention"),
        ({"retention": ""}, "retention"),
    ],
)
def test_other_words_on_keeping_are_refused_by_their_field(fields, named):
    with pytest.raises(InvalidRequest) as refused:
        form_options(fields)
    assert refused.value.facts["field"] == named


def test_a_schema_that_begins_like_json_is_json():
    assert form_options({"schema": ' {"type": "object"}'}).schema == {"type": "object"}
    with pytest.raises(InvalidSchema):
        form_options({"schema": "{type: object}"})


@pytest.mark.parametrize("text", ["[1]", "1", "{", '"a"'])
def test_metadata_is_an_object(text):
    with pytest.raises(InvalidRequest) as refused:
        form_options({"metadata": text})
    assert refused.value.facts["field"] == "metadata"
