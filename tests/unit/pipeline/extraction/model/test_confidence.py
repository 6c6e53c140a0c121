"""The score of one candidate."""

import pytest

from pipeline.extraction.model.confidence import UNFOUND, UNKNOWN, score


def test_what_stands_in_the_document_is_as_sure_as_its_tokens():
    assert score(0.8, 1.0) == pytest.approx(0.8)
    assert score(None, 1.0) == UNKNOWN


def test_differences_cost_some_and_not_being_found_costs_most():
    assert score(0.9, 1.0) > score(0.9, 0.95) > score(0.9, 0.8) > score(0.9, None)
    assert score(0.9, None) == pytest.approx(0.9 * UNFOUND)


@pytest.mark.parametrize("probability", [-1.0, 0.0, 1.0, 5.0])
@pytest.mark.parametrize("similarity", [None, 0.0, 0.5, 1.0])
def test_it_is_never_outside_of_what_a_probability_can_be(probability, similarity):
    assert 0.0 <= score(probability, similarity) <= 1.0
