"""How often a workspace may ask, on both databases; time passes only where a test says so."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from pipeline.access import rate_limiter as module
from pipeline.access.rate_limiter import RateLimiter, batch
from pipeline.errors import TooManyRequests
from pipeline.settings import Limits
from pipeline.stores.records import request_buckets, workspaces
from pipeline.stores.records.database import Database
from tests.support.rows import add_workspace


class Clock:
    """This process's and the database's."""

    now = 100.0

    def __call__(self, connection: Connection | None = None) -> float:
        del connection
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(request_buckets, "current_time", made)
    return made


@pytest.fixture
def limiter(database: Database, clock: Clock) -> Callable[[int], RateLimiter]:
    """One more API process."""
    with database.write() as connection:
        for workspace in ("ws", "other"):
            add_workspace(connection, workspace)
    return lambda per_minute: RateLimiter(database, Limits(requests_per_minute=per_minute), clock)


def limit(database: Database, workspace_id: str, per_minute: int) -> None:
    with database.write() as connection:
        workspaces.set_limits(connection, workspace_id, {"requests_per_minute": per_minute})


def admitted(limiter: RateLimiter, workspace_id: str, tries: int) -> int:
    done = 0
    for _ in range(tries):
        try:
            limiter.admit(workspace_id)
        except TooManyRequests:
            continue
        done += 1
    return done


def test_a_minutes_worth_may_come_at_once_and_grows_back_evenly(limiter, clock) -> None:
    brake = limiter(60)
    assert admitted(brake, "ws", 100) == 60
    with pytest.raises(TooManyRequests) as refused:
        brake.admit("ws")
    assert refused.value.facts == {"limit": 60, "retry_after": 1}
    clock.now += 10
    assert admitted(brake, "ws", 100) == 10
    clock.now += 3600
    assert admitted(brake, "ws", 100) == 60, "no more than a minute's worth is saved up"


def test_who_waits_as_long_as_told_is_admitted(limiter, clock) -> None:
    brake = limiter(4)
    assert admitted(brake, "ws", 9) == 4
    with pytest.raises(TooManyRequests) as refused:
        brake.admit("ws")
    assert refused.value.facts["retry_after"] == 15
    clock.now += 5
    with pytest.raises(TooManyRequests) as refused:
        brake.admit("ws")
    assert refused.value.facts["retry_after"] == 10
    clock.now += 10
    assert admitted(brake, "ws", 9) == 1


def test_several_processes_share_a_limit_exactly_up_to_600_a_minute(limiter, clock) -> None:
    processes = [limiter(60) for _ in range(4)]
    assert sum(admitted(brake, "ws", 40) for brake in processes) == 60
    clock.now += 10
    assert sum(admitted(brake, "ws", 40) for brake in processes) == 10


def test_above_each_process_may_hold_a_600th_and_no_more_is_let_through_by_it(limiter, clock) -> None:
    many = 1500
    assert (batch(600), batch(601), batch(many)) == (1, 2, 3)
    holder, other = limiter(many), limiter(many)
    assert admitted(holder, "ws", 1) == 1
    assert admitted(other, "ws", 2 * many) == many - 3, "what the first holds is not given twice"
    clock.now += 3600
    assert admitted(other, "ws", 2 * many) == many
    assert admitted(holder, "ws", 2 * many) == 2, "the held rest is all that comes on top"


def test_one_workspace_does_not_use_up_anothers_requests(limiter) -> None:
    brake = limiter(5)
    assert admitted(brake, "ws", 50) == 5
    assert admitted(brake, "other", 50) == 5


def test_who_is_refused_costs_the_database_nothing_until_there_is_room(limiter, clock, monkeypatch) -> None:
    brake = limiter(6)
    assert admitted(brake, "ws", 7) == 6
    taken = []
    monkeypatch.setattr(module.request_buckets, "take", lambda *_, **__: taken.append(1))
    clock.now += 9
    assert admitted(brake, "ws", 100) == 0
    assert not taken


def test_zero_is_without_limit_and_a_workspace_may_have_its_own(limiter, database) -> None:
    limit(database, "ws", 2)
    brake = limiter(0)
    assert admitted(brake, "other", 1000) == 1000
    assert admitted(brake, "ws", 10) == 2


def test_changed_limits_are_seen_after_a_few_seconds_by_who_was_shut_out_too(limiter, database, clock) -> None:
    limit(database, "ws", 1)
    brake = limiter(0)
    assert admitted(brake, "ws", 10) == 1
    limit(database, "ws", 6000)
    assert admitted(brake, "ws", 10) == 0, "limits are not looked up at each request"
    clock.now += module.REMEMBERED_SECONDS + 1
    assert admitted(brake, "ws", 2000) == 1100, "what grew back meanwhile by the new limit"
    admitted(brake, "ws", 1)
    clock.now += 1
    assert admitted(brake, "ws", 1) == 1, "it holds nine more"
    limit(database, "ws", 60)
    clock.now += module.REMEMBERED_SECONDS + 1
    assert admitted(brake, "ws", 200) == 61, "a lower limit leaves one of what was held"


def test_a_clock_that_goes_back_gives_nothing_for_nothing(limiter, clock) -> None:
    brake = limiter(10)
    assert admitted(brake, "ws", 20) == 10
    clock.now -= 5
    assert admitted(brake, "ws", 20) == 0
