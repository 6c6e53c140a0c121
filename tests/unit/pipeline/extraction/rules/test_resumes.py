"""A resume is a name on top and stations with their years."""

import pytest

from pipeline.extraction.rules.resumes import stations
from pipeline.extraction.rules.scalars import scalar_candidates, settle


@pytest.fixture
def read(case_of):
    def find(document, owner="experience"):
        view = case_of(document, {}).view

        def text(span):
            return None if span is None else span[0].text[span[1] : span[2]]

        return [(text(s.title), text(s.place), text(s.start), text(s.end)) for s in stations(view, [owner])]

    return find


@pytest.mark.parametrize(
    ("lines", "station"),
    [
        (("Lead Engineer, Acme Corp, 2019 - present",), ("Lead Engineer", "Acme Corp", "2019", "present")),
        (("March 2015 – June 2019 | Engineer | Beta Ltd",), ("Engineer", "Beta Ltd", "March 2015", "June 2019")),
        (("Engineer at Beta Ltd", "03/2015 - 06/2019"), ("Engineer", "Beta Ltd", "03/2015", "06/2019")),
        (("seit 2020: Leiter Technik, Gamma GmbH",), ("Leiter Technik", "Gamma GmbH", "2020", None)),
    ],
)
def test_a_station_has_a_title_a_place_and_its_years(read, written, lines, station):
    assert read(written("# Experience", "\n".join(lines))) == [station]


def test_stations_follow_one_another_with_their_descriptions(read, written):
    document = written(
        "# Experience",
        "Lead, Acme, 2019 - present",
        "- Built things in 1 year",
        "Engineer, Beta, 2015 - 2019",
        "# Skills",
        "SQL",
    )
    assert [place for _, place, _, _ in read(document)] == ["Acme", "Beta"]


def test_a_part_without_years_has_no_stations(read, written):
    assert read(written("# Experience", "A lot of it.")) == []


@pytest.fixture
def values(case_of):
    def find(document, **properties):
        case = case_of(document, {name: {"type": "string"} for name in properties or {"given_names": 1, "surname": 1}})
        chosen = settle(case, scalar_candidates(case, []))
        return {target.leaf.name: choice.candidate.value for target, choice in chosen}

    return find


@pytest.mark.parametrize(
    ("drawing", "given", "surname"),
    [
        ("Ada Ferris\n\nLead Engineer", "Ada", "Ferris"),
        ("Ada Maria van der Meer\n\nLead Engineer", "Ada Maria", "van der Meer"),
        ("Bo Lindt Jr.\n\nLead Engineer", "Bo", "Lindt Jr."),
        ("Ada\nFerris\n\nAbout me and my work at sea", "Ada", "Ferris"),
    ],
)
def test_a_name_on_top_gives_its_parts(values, drawn, drawing, given, surname):
    assert values(drawn(drawing)) == {"given_names": given, "surname": surname}


def test_a_name_in_two_lines_is_one_name(values, drawn):
    assert values(drawn("Ada\nFerris\n\nAbout me and my work at sea"), candidate_name=1) == {
        "candidate_name": "Ada Ferris"
    }


def test_labels_of_a_form_give_the_parts_too(values, drawn):
    assert values(drawn("First name: Ada\nLast name: Ferris")) == {"given_names": "Ada", "surname": "Ferris"}


def test_a_single_word_on_top_is_no_name(values, drawn):
    assert values(drawn("Minutes\n\nof the board, who met at sea")) == {}


def test_a_name_in_two_lines_of_a_narrow_column_is_found_beside_the_text(values, drawn):
    document = drawn(
        "Ada         About\n            I have met many people at sea\nFerris      and on land, and like both"
    )
    words = document.pages[0].words
    for text in ("Ada", "Ferris"):
        place = words.text.index(text)
        words.y1[place] = words.y0[place] + 2.2 * (words.y1[place] - words.y0[place])
    assert values(document) == {"given_names": "Ada", "surname": "Ferris"}
