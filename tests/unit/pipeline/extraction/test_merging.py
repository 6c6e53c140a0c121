"""Candidates that agree support one another; rivals take confidence away."""

from dataclasses import replace
from decimal import Decimal

from pipeline.extraction.candidates import Candidate, same_value
from pipeline.extraction.merging import LEAST, MOST, bounded, choose


def _candidate(value, score=0.6, source="rule"):
    return Candidate(value=value, score=score, source=source, places=list)


def test_without_candidates_there_is_no_choice():
    assert choose([]) is None


def test_rules_are_counted_that_propose_the_value_each_in_its_own_way():
    sources = ("label:right", "label:below", "form+sum", "early-date")
    same = [replace(_candidate("A", 0.5), source=source) for source in sources]
    assert choose([*same[:3], replace(_candidate("B", 0.4), source="early-date")]).routes == 2
    assert choose(same).routes == 3


def test_several_voices_for_one_value_win_over_a_louder_one():
    choice = choose([_candidate("A", 0.7), _candidate("B", 0.6), _candidate("b ", 0.6), _candidate("B", 0.5)])
    assert choice is not None
    assert choice.candidate.value == "B"


def test_the_strongest_voice_gives_the_spelling():
    choice = choose([_candidate("ACME LTD", 0.5), _candidate("Acme Ltd.", 0.8)])
    assert choice is not None
    assert choice.candidate.value == "Acme Ltd."


def test_a_rival_lowers_the_confidence_and_support_raises_it():
    alone, rivalled, supported = (
        choose(candidates)
        for candidates in (
            [_candidate("A")],
            [_candidate("A"), _candidate("B", 0.5)],
            [_candidate("A"), _candidate("A")],
        )
    )
    assert alone is not None
    assert rivalled is not None
    assert supported is not None
    assert rivalled.confidence < alone.confidence < supported.confidence


def test_a_guess_is_never_claimed_to_be_certain():
    assert bounded(1.0) == MOST < 1.0
    assert bounded(-1.0) == LEAST > 0.0


def test_values_are_the_same_when_they_mean_the_same():
    assert same_value(Decimal("1.50")) == same_value(Decimal("1.5"))
    assert same_value(1) == same_value(Decimal(1)) != same_value("1")
    assert same_value(True) != same_value(1)
    assert same_value("A-1") == same_value("a 1")
    assert same_value("–") != same_value("+")
