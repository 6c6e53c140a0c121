"""When a delivery is tried again."""

import pytest

from pipeline.delivery.outcome import Outcome
from pipeline.delivery.schedule import DELAYS, HOUR, Schedule

STEADY = Schedule(random=lambda: 0.0)
DOWN = Outcome(error="connection-refused")


def test_ten_attempts_are_spread_over_at_least_72_hours():
    waits = [STEADY.decide(attempt, DOWN).retry_in for attempt in range(1, 11)]
    assert waits[:9] == list(DELAYS[1:])
    assert waits[9] is None
    assert sum(wait or 0 for wait in waits) >= 72 * HOUR


@pytest.mark.parametrize("drawn", [0.0, 0.3, 1.0])
def test_jitter_lengthens_a_wait_by_at_most_a_tenth_and_never_shortens_it(drawn):
    wait = Schedule(random=lambda: drawn).decide(2, DOWN).retry_in
    assert wait == pytest.approx(300 * (1 + drawn / 10))


def test_the_default_jitter_is_drawn_anew_each_time():
    waits = {Schedule().decide(4, DOWN).retry_in for _ in range(20)}
    assert len(waits) > 1


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_ends_the_delivery(status):
    decision = STEADY.decide(1, Outcome(status=status))
    assert (decision.retry_in, decision.disable) == (None, False)


@pytest.mark.parametrize("status", [100, 199, 300, 301, 307, 308, 400, 401, 404, 429, 500, 503])
def test_every_other_status_is_tried_again(status):
    assert STEADY.decide(1, Outcome(status=status)).retry_in == 5.0


def test_410_ends_the_delivery_and_switches_the_endpoint_off():
    decision = STEADY.decide(1, Outcome(status=410))
    assert (decision.retry_in, decision.disable) == (None, True)


def test_running_out_of_attempts_does_not_switch_the_endpoint_off():
    decision = STEADY.decide(10, DOWN)
    assert (decision.retry_in, decision.disable) == (None, False)


@pytest.mark.parametrize(("asked", "wait"), [(60.0, 60.0), (2.0, 5.0), (1e9, 24 * HOUR), (None, 5.0)])
def test_the_receivers_wish_counts_where_it_is_longer_up_to_a_day(asked, wait):
    assert STEADY.decide(1, Outcome(status=503, retry_after=asked)).retry_in == wait


def test_further_attempts_than_the_schedule_has_wait_as_long_as_the_last():
    schedule = Schedule(max_attempts=14, random=lambda: 0.0)
    assert schedule.decide(13, DOWN).retry_in == 24 * HOUR
    assert schedule.decide(14, DOWN).retry_in is None
