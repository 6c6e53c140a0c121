"""Which limits hold for a workspace."""

from pipeline.access.limits import limits_of
from pipeline.settings import Limits


def test_own_limits_win_and_what_is_no_limit_is_left_out() -> None:
    assert limits_of(Limits(open_jobs=7), {"requests_per_minute": 3, "colour": 1}) == Limits(
        requests_per_minute=3, open_jobs=7
    )
