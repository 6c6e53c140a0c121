"""Items that two lists took are not sure."""

import pytest

from pipeline.extraction.extract import extract_by_rules

SKILLS = """
Skills
Welding
Rope work
"""


def _list(description):
    return {"type": "array", "description": description, "items": {"type": "string"}}


def _confidences(document, *names):
    schema = {"type": "object", "properties": {name: _list(name.replace("_", " ")) for name in names}}
    extraction = extract_by_rules(document, schema)
    return {pointer: field.confidence for pointer, field in extraction.fields.items()}, extraction.data


def test_items_that_two_lists_took_have_half_the_confidence(drawn):
    alone, _ = _confidences(drawn(SKILLS), "skills")
    both, data = _confidences(drawn(SKILLS), "skills", "hard_skills")
    assert data["skills"] == data["hard_skills"] == ["Welding", "Rope work"]
    for pointer in ("/skills/0", "/hard_skills/1"):
        assert both[pointer] == pytest.approx(alone[pointer.replace("hard_", "")] / 2, abs=0.001)


def test_equal_items_of_different_places_are_not_contested(drawn):
    apart = drawn("Skills\nWelding\n\nInterests\nWelding")
    alone, _ = _confidences(apart, "skills")
    both, data = _confidences(apart, "skills", "interests")
    assert data == {"skills": ["Welding"], "interests": ["Welding"]}
    assert both["/skills/0"] == alone["/skills/0"]
