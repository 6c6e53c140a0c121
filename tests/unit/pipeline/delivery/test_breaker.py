"""When a failing receiver is left alone, and when it is given up."""

import pytest

from pipeline.delivery.breaker import HOUR, Breaker
from pipeline.delivery.outcome import Outcome

TIMEOUT = Outcome(error="timeout")


def test_it_opens_after_five_failures_and_stays_open_longer_each_time() -> None:
    pauses = [Breaker().pause(failures, TIMEOUT) for failures in range(1, 12)]
    assert pauses == [None, None, None, None, 30, 60, 120, 240, 480, 600, 600]


def test_very_many_failures_do_not_overflow() -> None:
    assert Breaker().pause(100_000, TIMEOUT) == 600


@pytest.mark.parametrize(
    ("status", "asked", "pause"),
    [(429, 90.0, 90.0), (503, 1e9, HOUR), (500, 90.0, None), (429, None, None)],
)
def test_a_receiver_that_asks_to_be_left_alone_is(status: int, asked: float | None, pause: float | None) -> None:
    assert Breaker().pause(1, Outcome(status=status, retry_after=asked)) == pause


def test_a_receiver_is_given_up_after_five_days_of_nothing_but_failures() -> None:
    breaker = Breaker()
    assert not breaker.gives_up(50, 119 * HOUR)
    assert breaker.gives_up(5, 120 * HOUR)
    assert not breaker.gives_up(4, 500 * HOUR)
