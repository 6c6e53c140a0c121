"""Dates are read in the forms and languages that documents print."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extraction.values.dates import find_dates


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-03-12", "2026-03-12"),
        ("2018/02/22 13 : 34", "2018-02-22"),
        ("12.03.2026", "2026-03-12"),
        ("8-9-2022", "2022-09-08"),
        ("17/05/17", "2017-05-17"),
        ("01/02/71", "1971-02-01"),
        ("28/06/2018 3:11:35 PM", "2018-06-28"),
        ("22-05-201819:54:52", "2018-05-22"),
        ("2016-07-3113:48:37", "2016-07-31"),
        ("12 March 2026", "2026-03-12"),
        ("March 12th, 2026", "2026-03-12"),
        ("Mar 4, 2023", "2023-03-04"),
        ("31st day of May , 2005", "2005-05-31"),
        ("10OCT2017", "2017-10-10"),
        ("11. März 2014", "2014-03-11"),
        ("1er janvier 2020", "2020-01-01"),
        ("05 Juillet 2015", "2015-07-05"),
        ("12 de marzo de 2020", "2020-03-12"),
        ("3 gennaio 2021", "2021-01-03"),
        ("29 maart 2014", "2014-03-29"),
        ("0ct 3, 2016", "2016-10-03"),
    ],
)
def test_a_date_is_found_and_given_as_iso(text, iso):
    assert [found.iso for found in find_dates(text, "DMY")] == [iso]


@pytest.mark.parametrize(
    "text",
    ["31.02.2026", "12345678", "1.2.3.4", "12/13/14/15", "99/99/2020", "version 2.0.18", "3,441,812", "may 2020"],
)
def test_what_is_no_date_is_left_alone(text):
    assert find_dates(text) == []


def test_the_order_decides_what_two_small_numbers_mean():
    assert find_dates("03/04/2021", "DMY")[0].iso == "2021-04-03"
    assert find_dates("03/04/2021", "MDY")[0].iso == "2021-03-04"


def test_only_a_date_that_could_be_read_otherwise_is_ambiguous():
    assert [found.ambiguous for found in find_dates("03/04/2021, 05/05/2021, 13/04/2021, 2021-03-04")] == [
        True,
        False,
        False,
        False,
    ]


def test_a_day_beyond_twelve_overrules_the_order():
    assert find_dates("05/31/2005", "DMY")[0].iso == "2005-05-31"


def test_eight_digits_are_a_date_only_where_that_is_asked_for():
    assert find_dates("20181006") == []
    assert find_dates("20181006", compact=True)[0].iso == "2018-10-06"


def test_several_dates_are_given_in_their_order_with_their_places():
    text = "from 1 May 2024 to 31.05.2024"
    assert [text[found.start : found.end] for found in find_dates(text)] == ["1 May 2024", "31.05.2024"]


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2069, 12, 31)))
def test_every_day_is_found_again_in_the_usual_forms(day):
    for form in (
        f"{day:%Y-%m-%d}",
        f"{day:%d.%m.%Y}",
        f"{day.day} {day:%B} {day.year}",
        f"{day:%B} {day.day}, {day.year}",
    ):
        assert [found.iso for found in find_dates(f"on {form} or so")] == [day.isoformat()]
