"""Periods are read as people print them over columns, in six languages."""

import pytest

from pipeline.extraction.rules.statements.periods import Period, merged, read_period


@pytest.mark.parametrize(
    ("text", "end", "months"),
    [
        ("Q1 2021", "2021-03-31", 3),
        ("2Q 2022", "2022-06-30", 3),
        ("H1 2019", "2019-06-30", 6),
        ("9M 2020", "2020-09-30", 9),
        ("FY 2020", "2020-12-31", 12),
        ("FY21", "2021-12-31", 12),
        ("2021", "2021-12-31", None),
        ("2020/21", "2021-12-31", None),
        ("Three months ended March 31, 2011", "2011-03-31", 3),
        ("Mar. 31, 2021", "2021-03-31", None),
        ("52 weeks ended January 28, 2023", "2023-01-28", 12),
        ("1.1. – 30.6.2021", "2021-06-30", 6),
        ("1 January to 31 March 2022", "2022-03-31", 3),
        ("Erstes Halbjahr, 1. Halbjahr 2020", "2020-06-30", 6),
        ("3. Quartal 2023", "2023-09-30", 3),
        ("Geschäftsjahr 2021", "2021-12-31", 12),
        ("Neuf mois au 30 septembre 2021", "2021-09-30", 9),
        ("1er semestre 2022", "2022-06-30", 6),
        ("Seis meses terminados el 30 de junio de 2020", "2020-06-30", 6),
        ("Esercizio 2019", "2019-12-31", 12),
        ("Boekjaar 2018", "2018-12-31", 12),
    ],
)
def test_a_text_says_when_a_period_ends_and_how_long_it_is(text, end, months):
    period = read_period(text)
    assert (period.end, period.months) == (end, months)


def test_a_year_is_completed_by_the_heading_over_it():
    assert merged([read_period("2011"), read_period("Three months ended March 31,")]).end == "2011-03-31"


def test_what_stands_over_a_column_does_not_overrule_it():
    period = merged([read_period("Q3 2020"), read_period("Year ended December 31,")])
    assert (period.end, period.months) == ("2020-09-30", 3)


@pytest.mark.parametrize("text", ["Note 4", "1,234.50", "Total revenue", "12.5 %", ""])
def test_other_texts_say_nothing(text):
    assert read_period(text) == Period()
