"""Whether confidence can be trusted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.reliability import auroc, bins, calibration_error

judged_values = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30)


@given(judged_values)
def test_the_bins_hold_every_value_once(judged):
    assert sum(each.count for each in bins(judged)) == len(judged)
    assert all(each.low - 1e-9 <= each.confidence <= each.high + 1e-9 for each in bins(judged))


@given(judged_values)
def test_auroc_is_how_many_pairs_stand_in_the_right_order(judged):
    right = [c for c, is_right in judged if is_right]
    wrong = [c for c, is_right in judged if not is_right]
    if not right or not wrong:
        assert auroc(judged) is None
        return
    ahead = sum((r > w) + (r == w) / 2 for r in right for w in wrong)
    assert auroc(judged) == pytest.approx(ahead / (len(right) * len(wrong)))


def test_a_perfect_confidence_has_no_error_and_a_boastful_one_all():
    assert calibration_error([(1.0, True), (0.0, False)]) == 0
    assert calibration_error([(1.0, False), (1.0, False)]) == 1
    assert calibration_error([(0.75, True), (0.75, True), (0.75, True), (0.75, False)]) == pytest.approx(0)
    assert calibration_error([]) is None
