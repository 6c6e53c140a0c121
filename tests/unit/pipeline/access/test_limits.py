"""Which limits hold for a workspace."""

from pipeline.access.limits import for_batches, limits_of
from pipeline.settings import Limits


def test_own_limits_win_and_what_is_no_limit_is_left_out() -> None:
    assert limits_of(Limits(open_jobs=7), {"requests_per_minute": 3, "colour": 1}) == Limits(
        requests_per_minute=3, open_jobs=7
    )


def test_files_of_batches_are_held_to_what_is_stored_and_run_again_only() -> None:
    held = for_batches(Limits(**dict.fromkeys(Limits.model_fields, 7)))
    assert {name for name in Limits.model_fields if getattr(held, name)} == {"stored_bytes", "reruns_per_day"}
    assert (held.stored_bytes, held.reruns_per_day) == (7, 7)
