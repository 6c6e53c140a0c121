"""Who waits for a database that has fallen silent; no database is needed for that."""

import threading
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import Mock

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from pipeline.errors import DatabaseUnavailable
from pipeline.stores.records.outage import SILENT_SECONDS, Outage


class Server:
    """Refuses connections after some seconds of a clock of its own, or gives one."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.now = 0.0
        self.asked = 0
        self.connection: Connection | None = None
        self.reached, self.answer = threading.Event(), threading.Event()
        self.answer.set()

    def connect(self) -> Connection:
        self.asked += 1
        self.reached.set()
        assert self.answer.wait(10)
        if self.connection is not None:
            return self.connection
        self.now += self.seconds
        raise OperationalError("connect", {}, Exception("no answer"))

    def clock(self) -> float:
        return self.now


def test_while_one_thread_waits_for_a_silent_server_all_others_are_refused_at_once() -> None:
    server = Server(seconds=10 * SILENT_SECONDS)
    outage = Outage(server.clock)
    with pytest.raises(OperationalError):
        outage.connect(server.connect)
    server.answer.clear()
    server.reached.clear()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(outage.connect, server.connect)
        assert server.reached.wait(10)
        for _ in range(20):
            with pytest.raises(DatabaseUnavailable):
                outage.connect(server.connect)
        assert server.asked == 2
        server.connection = Mock(Connection)
        server.answer.set()
        assert waiting.result(10) is server.connection
    assert outage.connect(server.connect) is server.connection


def test_a_server_that_refuses_quickly_is_asked_by_everybody() -> None:
    server = Server(seconds=SILENT_SECONDS / 10)
    outage = Outage(server.clock)
    with pytest.raises(OperationalError):
        outage.connect(server.connect)
    server.connection = Mock(Connection)
    server.answer.clear()
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(outage.connect, server.connect) for _ in range(2)]
        server.answer.set()
        assert all(each.result(10) is server.connection for each in waiting)


def test_a_thread_that_fails_while_it_asks_leaves_the_asking_to_the_next_one() -> None:
    server = Server(seconds=10 * SILENT_SECONDS)
    outage = Outage(server.clock)
    for _ in range(3):
        with pytest.raises(OperationalError):
            outage.connect(server.connect)
    assert server.asked == 3
