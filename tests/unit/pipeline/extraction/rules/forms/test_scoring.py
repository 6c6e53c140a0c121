"""What looks filled in."""

import pytest

from pipeline.extraction.layout.runs import Run
from pipeline.extraction.rules.forms.scoring import valueness
from pipeline.extraction.rules.forms.segments import Segment


@pytest.fixture
def score(drawn, case_of):
    view = case_of(drawn("nothing"), {}).view
    return lambda text: valueness(view, Segment(Run(text, [0], [(0, 0, 9, 9)], lambda *_: [], 1), 0, len(text)))


@pytest.mark.parametrize("text", ["12", "85 mm", "1,200.50", "4/5", "12 - (kg)", "12%", "3 . x !"])
def test_a_number_with_its_unit_looks_more_filled_in_than_one_with_a_word(score, text):
    assert score(text) == pytest.approx(score("12 surprises") + 0.5)


def test_a_number_behind_thousands_of_commas_is_scored_at_once(score):
    assert score("1" + "," * 10_000 + "abcdefgh") == pytest.approx(score("12 surprises"))
