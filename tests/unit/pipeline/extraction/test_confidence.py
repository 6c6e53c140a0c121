"""Confidence is a probability made from what speaks for a value."""

import pytest

from pipeline.extraction.candidates import Candidate
from pipeline.extraction.confidence import LEAST, MOST, Signs, features, probability, shipped, signs_of
from pipeline.extraction.extract import extract_by_rules
from schemas.catalogue import load


def _signs(**more) -> Signs:
    return Signs(**{"score": 0.8, "family": "label:right", "kind": "money"} | more)


def test_a_better_score_is_never_less_sure():
    sure = [probability(_signs(score=score / 20)) for score in range(21)]
    assert sure == sorted(sure)
    assert sure[0] < sure[-1]
    assert LEAST <= sure[0] <= sure[-1] <= MOST


def test_a_sum_that_agrees_makes_surer_and_one_that_does_not_halves():
    plain = probability(_signs())
    assert probability(_signs(agreed=True)) > plain
    assert probability(_signs(contradicted=True)) == pytest.approx(plain / 2, abs=0.001)


def test_unknown_rules_and_kinds_weigh_nothing():
    assert probability(_signs(family="tea leaves", kind="rune"), {"score": 1.0}) == pytest.approx(0.8)


def test_the_weights_are_those_of_features_that_exist():
    known = {name for family in ("label:right", "pair:right") for name, _ in features(_signs(family=family))}
    assert {name for name in shipped() if not name.startswith(("family ", "kind "))} == {
        name for name in known if not name.startswith(("family ", "kind "))
    }


def test_signs_tell_the_rule_from_its_agreement():
    candidate = Candidate(value="LW-17", score=0.7, source="label:right+sum", places=list)
    found = signs_of(candidate, "id", 0.7)
    assert (found.family, found.agreed, found.length, found.parts) == ("label:right", True, 5, 1)


def test_values_are_observed_with_their_signs(drawn):
    seen = []
    extract_by_rules(drawn("Invoice number:  LW-17"), load("invoice"), observe=seen.extend)
    assert {"/".join(map(str, each.path)): each.signs.kind for each in seen} == {"invoice_number": "id"}
    assert seen[0].confidence == probability(seen[0].signs)


def test_a_pair_is_surer_with_its_score_but_not_without_end():
    sure = [probability(_signs(family="pair:right", kind="text", score=score)) for score in (0.3, 0.5, 0.7, 0.8, 0.97)]
    assert sure[0] < sure[1] < sure[2] == sure[3] == sure[4]


def test_the_value_of_a_pair_is_any_text_whatever_such_a_name_means_elsewhere(drawn):
    seen = []
    extract_by_rules(drawn("Brand:      Old Harbour"), load("form"), observe=seen.extend)
    assert {each.signs.kind for each in seen if each.signs.family.startswith("pair:")} == {"text"}
