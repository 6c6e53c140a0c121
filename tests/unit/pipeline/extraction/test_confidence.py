"""Confidence is a probability made from what speaks for a value."""

import pytest

from pipeline.extraction.candidates import Candidate
from pipeline.extraction.confidence import LEAST, MOST, Signs, features, probability, shipped, signs_of
from pipeline.extraction.extract import extract_by_rules
from pipeline.extraction.merging import Choice
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


def test_the_weights_are_those_of_features_that_exist(drawn):
    seen = []
    extract_by_rules(drawn("Brand:      Old Harbour"), load("form"), observe=seen.extend)
    known = {name for signs in (_signs(), seen[0].signs) for name, _ in features(signs)}
    assert {name for name in shipped() if not name.startswith("family ")} == {
        name for name in known if not name.startswith("family ")
    }


def test_what_several_rules_propose_is_surer():
    assert probability(_signs(routes=1)) < probability(_signs(routes=2)) < probability(_signs(routes=3))
    assert probability(_signs(routes=3)) == probability(_signs(routes=30))


def test_signs_tell_the_rule_from_its_agreement():
    candidate = Candidate(value="LW-17", score=0.7, source="label:right+sum", places=list)
    found = signs_of(Choice(candidate=candidate, confidence=0.6, routes=2), "id")
    assert (found.family, found.agreed, found.score, found.routes) == ("label:right", True, 0.6, 2)


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


def test_the_worse_the_print_the_less_sure_a_pair():
    marks = {"ocr": 1.0, "low": 0.2, "crowded": 0.2, "like a key": 0.0, "long key": 0.2}
    plain = probability(_signs(family="pair:right", marks=marks))
    for name, worse in {"ocr": 0.6, "low": 0.9, "crowded": 1.0, "like a key": 1.0, "long key": 1.0}.items():
        assert probability(_signs(family="pair:right", marks=marks | {name: worse})) < plain


def test_pairs_that_are_likelier_wrong_are_left_out(drawn):
    form = drawn("Brand:      Old Harbour")
    (sure,) = extract_by_rules(form, load("form")).data["pairs"]
    assert sure["value"] == "Old Harbour"
    assert not extract_by_rules(form, load("form"), pair_least=0.99).data.get("pairs")
