"""A resume is a name on top and stations with their years."""

import pytest

from pipeline.extraction.rules.resumes import stations


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
