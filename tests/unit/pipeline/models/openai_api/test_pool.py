"""Who gets the next request."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from pipeline.errors import JobCancelled, ModelUnavailable
from pipeline.models.openai_api import pool as module
from pipeline.models.openai_api.pool import Pool


class Server:
    def __init__(self, name: str) -> None:
        self.name = name


@pytest.fixture
def servers() -> list[Server]:
    return [Server("a"), Server("b")]


class Alive:
    def __init__(self) -> None:
        self.names: set[str] = set()
        self.looked: list[tuple[str, float]] = []

    def __call__(self, server: Server) -> bool:
        self.looked.append((server.name, time.monotonic()))
        return server.name in self.names


@pytest.fixture
def alive() -> Alive:
    return Alive()


@pytest.fixture
def pool(servers: list[Server], alive: Alive) -> Iterator[Pool[Server]]:
    pool = Pool(servers, parallel=2, max_waiting=3, alive=alive)
    yield pool
    pool.close()


def take(pool: Pool[Server], stack: ExitStack, **options) -> str:
    return stack.enter_context(pool.lent(**{"seconds": 60, **options})).name


def test_servers_take_turns_while_they_are_equally_loaded(pool):
    with ExitStack() as stack:
        assert [take(pool, stack) for _ in range(4)] == ["a", "b", "a", "b"]


def test_a_full_pool_lends_again_what_is_given_back(pool):
    with ExitStack() as held:
        for _ in range(3):
            take(pool, held)
        with ExitStack() as last:
            assert take(pool, last) == "b"
            timer = threading.Timer(0.1, last.close)
            timer.start()
            with ExitStack() as waiting:
                assert take(pool, waiting) == "b"
            timer.join()


def test_waiting_has_an_end(pool):
    with ExitStack() as stack:
        for _ in range(4):
            take(pool, stack)
        with pytest.raises(ModelUnavailable, match="no model server had room"):
            take(pool, stack, seconds=0.05)


def test_who_waits_is_asked_whether_it_still_wants_to(pool):
    with ExitStack() as stack:
        for _ in range(4):
            take(pool, stack)
        with pytest.raises(JobCancelled):
            take(pool, stack, stopped=lambda: True)
    with ExitStack() as stack:
        assert take(pool, stack) in {"a", "b"}


def test_callers_are_served_in_the_order_in_which_they_came(pool):
    served: list[int] = []

    def caller(number: int) -> None:
        with pool.lent(seconds=60):
            served.append(number)

    with ExitStack() as stack:
        for _ in range(4):
            take(pool, stack)
        threads = []
        for number in range(3):
            threads.append(threading.Thread(target=caller, args=(number,)))
            threads[-1].start()
            while len(pool._queue) <= number:
                time.sleep(0.005)
    for thread in threads:
        thread.join()
    assert served == [0, 1, 2]


def test_the_failed_one_is_left_out_and_comes_back(pool, servers, alive, monkeypatch):
    monkeypatch.setattr(module, "FIRST_LOOK_SECONDS", 0.02)
    pool.failed(servers[0], down=True, pause=0)
    with ExitStack() as stack:
        assert [take(pool, stack) for _ in range(2)] == ["b", "b"]
    assert [server.name for server in pool.ranked()] == ["b", "a"]
    alive.names.add("a")
    end = time.monotonic() + 60
    while pool.ranked()[0].name != "a":
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_dead_one_is_looked_at_less_and_less_often(pool, servers, alive, monkeypatch):
    monkeypatch.setattr(module, "FIRST_LOOK_SECONDS", 0.02)
    pool.failed(servers[0], down=True, pause=0)
    end = time.monotonic() + 60
    while len(alive.looked) < 5:
        assert time.monotonic() < end
        time.sleep(0.005)
    times = [at for _, at in alive.looked]
    for number, (earlier, later) in enumerate(itertools.pairwise(times)):
        assert later - earlier >= 0.02 * 2**number


def test_where_all_failed_one_is_tried_all_the_same(pool, servers):
    for server in servers:
        pool.failed(server, down=True, pause=0)
    with ExitStack() as stack:
        assert take(pool, stack) in {"a", "b"}


def test_one_that_asked_for_time_gets_it(pool, servers):
    pool.failed(servers[0], down=False, pause=1.0)
    started = time.monotonic()
    with ExitStack() as stack:
        assert [take(pool, stack) for _ in range(3)] == ["b", "b", "a"]
    assert time.monotonic() - started >= 0.98


def test_one_that_was_tried_is_not_lent_again(pool, servers):
    with ExitStack() as stack:
        assert [take(pool, stack, without=[servers[0]]) for _ in range(2)] == ["b", "b"]


def test_closing_ends_the_looks(servers, alive):
    pool = Pool(servers, parallel=1, max_waiting=1, alive=alive)
    pool.failed(servers[0], down=True, pause=0)
    watcher = pool._watcher
    pool.close()
    assert watcher is not None
    assert not watcher.is_alive()
