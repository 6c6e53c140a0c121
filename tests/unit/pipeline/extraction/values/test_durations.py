"""Durations are a number and a unit, whatever words they are told in."""

import pytest

from pipeline.extraction.values.durations import find_durations


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("two (2) years", "2 years"),
        ("eighteen months", "18 months"),
        ("a period of 24 months", "24 months"),
        ("one-year period", "1 year"),
        ("five (5)-year", "5 years"),
        ("thirty-six (36) months", "36 months"),
        ("ninety days", "90 days"),
        ("zwei Jahre", "2 years"),
        ("drei Monaten", "3 months"),
        ("deux ans", "2 years"),
        ("trois mois", "3 months"),
        ("dos años", "2 years"),
        ("sei 6 mesi", "6 months"),
        ("twee jaar", "2 years"),
    ],
)
def test_a_duration_is_found_in_six_languages(text, duration):
    assert [found.text for found in find_durations(text)] == [duration]


def test_figures_in_parentheses_win_over_the_words_before_them():
    assert find_durations("three (2) years")[0].number == 2


def test_a_year_of_the_calendar_is_no_duration():
    assert find_durations("the year 2020, years ago, 0 days") == []


def test_durations_compare_by_days():
    year, months = find_durations("one year or 11 months")
    assert year.days > months.days
