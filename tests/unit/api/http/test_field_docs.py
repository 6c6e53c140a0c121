"""Descriptions of fields in OpenAPI."""

from api.http.field_docs import add_descriptions, read_descriptions


def test_what_stands_below_a_field_describes_it():
    found = read_descriptions()
    assert found["DocumentView"]["size"] == "Bytes."
    assert "progress" in found["JobView"]


def test_a_class_has_the_texts_of_its_bases():
    found = read_descriptions()
    assert found["NewKeyView"]["id"] == found["KeyView"]["id"]
    assert "key" in found["NewKeyView"]


def test_components_are_described_by_field_alias_and_generic_name():
    components = {
        "JobView": {"properties": {"schema": {}, "progress": {"description": "mine"}, "id": {}}},
        "Listing_JobView_": {"properties": {"next_cursor": {}}},
        "Stranger": {"properties": {"a": {}}},
        "Word": {"type": "string"},
    }
    add_descriptions(components)
    assert "inline" in components["JobView"]["properties"]["schema"]["description"]
    assert components["JobView"]["properties"]["progress"]["description"] == "mine"
    assert "cursor" in components["Listing_JobView_"]["properties"]["next_cursor"]["description"]
    assert components["Stranger"]["properties"]["a"] == {}
