"""When a process that crashed is started again."""

from workers.backoff import RestartPolicy


def test_pauses_grow_with_jitter_up_to_the_cap_and_then_there_are_none():
    lows = RestartPolicy(max_crashes=8, random=lambda: 0.0)
    highs = RestartPolicy(max_crashes=8, random=lambda: 1.0)
    assert [lows.pause(n) for n in range(1, 9)] == [1, 2, 4, 8, 16, 30, 30, None]
    assert [highs.pause(n) for n in range(1, 9)] == [2, 4, 8, 16, 32, 60, 60, None]
