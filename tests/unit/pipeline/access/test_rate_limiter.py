"""Who counts requests while the database does not answer; no database is needed for that."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import Mock

import pytest

from pipeline.access.rate_limiter import RateLimiter
from pipeline.errors import DatabaseUnavailable
from pipeline.settings import Limits
from pipeline.stores.records.database import Database


def test_those_who_waited_for_a_look_that_failed_fail_with_it_and_the_next_one_looks_again() -> None:
    """One behind another they had waited as often as there were of them: minutes, with a thread of the API each."""
    looks, arrived, answer = itertools.count(), threading.Semaphore(0), threading.Event()
    times = itertools.count()

    def clock() -> float:
        arrived.release()
        return float(next(times))

    def read() -> None:
        next(looks)
        answer.wait(10)
        raise DatabaseUnavailable

    limiter = RateLimiter(Mock(Database, read=read), Limits(), clock)
    with ThreadPoolExecutor(6) as pool:
        waiting = [pool.submit(limiter.admit, "ws") for _ in range(6)]
        for _ in waiting:
            assert arrived.acquire(timeout=10)
        answer.set()
        assert all(isinstance(each.exception(10), DatabaseUnavailable) for each in waiting)
    assert next(looks) == 1
    with pytest.raises(DatabaseUnavailable):
        limiter.admit("ws")
    assert next(looks) == 3
