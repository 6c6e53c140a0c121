"""Clauses say since when, for how long and under which law."""

import pytest

from pipeline.extraction.leaves import Leaf
from pipeline.extraction.merging import choose
from pipeline.extraction.rules.contracts.clauses import effective_dates, governing_laws, notice_periods, terms
from pipeline.extraction.rules.targets import Target
from pipeline.extraction.values.locale import Locale

LEAF = Leaf(path=("x",), schema={"type": "string"}, nullable=True, required=False, type="string")
TARGET = Target(leaf=LEAF, concept=None, kind="text", owners=())


def _best(candidates):
    choice = choose(candidates)
    return None if choice is None else choice.candidate.value


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("This Agreement is made as of March 22, 2011 between", "2011-03-22"),
        ("entered into this 31st day of May , 2005 by and between", "2005-05-31"),
        ('made on 16 March 2026. "Effective Date" means 1 April 2026.', "2026-04-01"),
        ("pursuant to the Order dated July 10, 2006. This Agreement is dated as of August 2, 2006", "2006-08-02"),
        ("January 30, 2013 Georgia LLC Dear Mr. Park", "2013-01-30"),
        ("Vertrag vom 1. März 2020 zwischen", "2020-03-01"),
    ],
)
def test_the_effective_date_is_told_by_the_words_before_it(flow_of, text, date):
    assert _best(effective_dates(flow_of(text), TARGET, Locale())) == date


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("This Agreement shall expire two (2) years from the date hereof.", "2 years"),
        (
            "This Agreement shall continue in full force for a period of eighteen months from the Effective Date.",
            "18 months",
        ),
        ("Die Laufzeit des Vertrags beträgt drei Jahre.", "3 years"),
        ("Each party shall not solicit any employee for a period of one (1) year.", None),
        ("upon thirty (30) days prior written notice", None),
        ("The licence of the ship remains in effect for three (3) years.", None),
    ],
)
def test_the_term_is_how_long_the_agreement_lasts(flow_of, text, term):
    assert _best(terms(flow_of(text), TARGET)) == term


def test_the_notice_period_is_a_duration_of_notice(flow_of):
    flow = flow_of("The term is three (3) years.", "Either party may terminate with six (6) months' written notice.")
    assert _best(notice_periods(flow, TARGET)) == "6 months"


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("governed by and construed in accordance with the laws of the State of New York, without regard", "New York"),
        ("SHALL BE GOVERNED BY THE LAWS OF THE STATE OF MISSOURI APPLICABLE", "MISSOURI"),
        ("This Agreement is governed by the law of Ireland.", "Ireland"),
        ("Internal law of the State of Texas applies to this Agreement.", "Texas"),
        ("Delaware law shall govern this Agreement.", "Delaware"),
        ("Es gilt deutsches Recht.", "deutsches"),
        ("Le présent contrat est soumis au droit français.", "français"),
        ("organized under the laws of the State of Nevada", "Nevada"),
        ("the laws of physics", None),
    ],
)
def test_the_governing_law_is_named(flow_of, text, law):
    assert _best(governing_laws(flow_of(text), TARGET)) == law


def test_the_law_that_governs_wins_over_the_one_a_firm_is_organised_under(flow_of):
    flow = flow_of(
        "a corporation organized under the laws of the State of Nevada.",
        "This Agreement shall be governed by the laws of the State of Maine.",
    )
    assert _best(governing_laws(flow, TARGET)) == "Maine"
