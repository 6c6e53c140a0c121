"""How often a workspace may ask."""

from contextlib import contextmanager
from typing import Any, cast

import pytest

from pipeline.access import limits as module
from pipeline.access.limits import RateLimiter, limits_of
from pipeline.errors import TooManyRequests
from pipeline.settings import Limits


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Database:
    """Workspaces with limits of their own, and how often they were looked up."""

    def __init__(self, **own: dict[str, int]) -> None:
        self.own = own
        self.looked = 0

    @contextmanager
    def read(self) -> Any:
        self.looked += 1
        yield self


class Row:
    def __init__(self, limits: dict[str, int]) -> None:
        self.limits = limits


@pytest.fixture
def limiter(monkeypatch: pytest.MonkeyPatch):
    def make(database: Database, per_minute: int) -> tuple[RateLimiter, Clock]:
        def get_workspace(connection: Database, workspace_id: str) -> Row | None:
            return Row(connection.own[workspace_id]) if workspace_id in connection.own else None

        monkeypatch.setattr(module.workspaces, "get_workspace", get_workspace)
        clock = Clock()
        return RateLimiter(cast("Any", database), Limits(requests_per_minute=per_minute), clock), clock

    return make


def admitted(limiter: RateLimiter, workspace_id: str, tries: int) -> int:
    done = 0
    for _ in range(tries):
        try:
            limiter.admit(workspace_id)
        except TooManyRequests:
            continue
        done += 1
    return done


def test_own_limits_win_and_what_is_no_limit_is_left_out() -> None:
    assert limits_of(Limits(open_jobs=7), {"requests_per_minute": 3, "colour": 1}) == Limits(
        requests_per_minute=3, open_jobs=7
    )


def test_a_minutes_worth_may_come_at_once_and_grows_back_evenly(limiter) -> None:
    brake, clock = limiter(Database(), 60)
    assert admitted(brake, "ws", 100) == 60
    with pytest.raises(TooManyRequests) as refused:
        brake.admit("ws")
    assert refused.value.facts == {"limit": 60, "retry_after": 1}
    clock.now += 10
    assert admitted(brake, "ws", 100) == 10
    clock.now += 3600
    assert admitted(brake, "ws", 100) == 60, "no more than a minute's worth is saved up"


def test_who_waits_as_long_as_told_is_admitted(limiter) -> None:
    brake, clock = limiter(Database(), 4)
    assert admitted(brake, "ws", 9) == 4
    with pytest.raises(TooManyRequests) as refused:
        brake.admit("ws")
    assert refused.value.facts["retry_after"] == 15
    clock.now += 15
    assert admitted(brake, "ws", 9) == 1


def test_one_workspace_does_not_use_up_anothers_requests(limiter) -> None:
    brake, _ = limiter(Database(), 5)
    assert admitted(brake, "one", 50) == 5
    assert admitted(brake, "other", 50) == 5


def test_zero_is_without_limit_and_a_workspace_may_have_its_own(limiter) -> None:
    brake, _ = limiter(Database(slow={"requests_per_minute": 2}), 0)
    assert admitted(brake, "any", 1000) == 1000
    assert admitted(brake, "slow", 10) == 2


def test_changed_limits_are_seen_after_a_few_seconds_and_not_looked_up_at_each_request(limiter) -> None:
    database = Database(ws={"requests_per_minute": 2})
    brake, clock = limiter(database, 0)
    assert admitted(brake, "ws", 10) == 2
    assert database.looked == 1
    database.own["ws"] = {"requests_per_minute": 6000}
    clock.now += module.REMEMBERED_SECONDS + 1
    assert admitted(brake, "ws", 100) == 100
    assert database.looked == 2


def test_a_clock_that_stands_still_gives_nothing_for_nothing(limiter) -> None:
    brake, clock = limiter(Database(), 10)
    assert admitted(brake, "ws", 20) == 10
    clock.now -= 5
    assert admitted(brake, "ws", 20) == 0
