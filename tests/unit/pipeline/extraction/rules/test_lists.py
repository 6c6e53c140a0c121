"""Arrays of texts are lists under or behind their heading."""

import pytest

from pipeline.extraction.rules.lists import list_items

TEXTS = {"type": "array", "items": {"type": "string"}}


@pytest.fixture
def items(case_of):
    def find(document, name="skills", *, split=True):
        case = case_of(document, {name: TEXTS})
        return [item.text for item in list_items(case.view, [f"/{name}", name], split=split)]

    return find


def test_commas_and_the_last_and_part_items_behind_a_colon(items, written):
    assert items(written("Present: Ann Lee, Bob Ray and Carla Diaz."), "participants") == [
        "Ann Lee",
        "Bob Ray",
        "Carla Diaz",
    ]


def test_each_marked_line_is_an_item_with_the_lines_it_goes_on_in(items, drawn):
    drawing = "Skills\n- Python, with all\n  that belongs to it\n- SQL\n\n\n\nsomething else"
    assert items(drawn(drawing)) == ["Python, with all that belongs to it", "SQL"]


def test_plain_lines_are_split_at_commas(items, written):
    assert items(written("# Skills", "Python, SQL; Spark", "# Hobbies", "Chess")) == ["Python", "SQL", "Spark"]


def test_sentences_are_not_split(items, written):
    document = written("# Decisions", "- The budget, after some talk, is approved.", "- The pier will be built.")
    assert items(document, "decisions", split=False) == [
        "The budget, after some talk, is approved.",
        "The pier will be built.",
    ]


def test_a_list_ends_at_the_next_heading(items, written):
    assert items(written("# Skills", "Python", "# Education", "MSc")) == ["Python"]


def test_a_heading_in_the_middle_of_a_sentence_is_none(items, written):
    assert items(written("Her skills are many: chess, go.")) == []


def test_a_users_own_array_is_found_by_its_name(items, written):
    assert items(written("Vessels served: Heron, Kittiwake"), "vessels_served") == ["Heron", "Kittiwake"]


def test_columns_to_the_left_are_not_taken_along(items, drawn):
    drawing = "Address            Skills\n12 High Street     Python\nLeeds              SQL"
    assert items(drawn(drawing)) == ["Python", "SQL"]


def test_every_item_has_its_place(written, case_of):
    case = case_of(written("Skills: Python, SQL"), {"skills": TEXTS})
    for item in list_items(case.view, ["skills"]):
        ((run, start, end),) = item.spans
        assert run.text[start:end] == item.text


def test_a_list_in_columns_is_one_item_a_text(drawn, case_of):
    drawing = (
        "Skills\n  Carpentry            First aid\n  Night watch          Signalling\n  Ropes                Charts"
    )
    case = case_of(drawn(drawing), {"skills": {"type": "array", "items": {"type": "string"}}})
    found = [item.text for item in list_items(case.view, ["skills"])]
    assert sorted(found) == ["Carpentry", "Charts", "First aid", "Night watch", "Ropes", "Signalling"]
