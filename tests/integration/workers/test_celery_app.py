"""Celery as a doorbell, in memory and on a real Redis: heard at once, bounded, and no harm when it is away."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from queue import Queue as Inbox

import pytest
from pydantic import SecretStr
from redis import StrictRedis

from bench.faults.proxy import Network, Proxy
from pipeline.jobs.doorbell import QUEUES, Queue
from pipeline.settings import MemoryDoorbell, RedisDoorbell
from tests.support.servers import free_port, redis
from workers import celery_app
from workers.celery_app import CeleryDoorbell, CeleryWorker, QueueSlots, make_app

Broker = MemoryDoorbell | RedisDoorbell
SIZES: dict[Queue, int] = {"read": 2, "infer": 1, "index": 1, "deliver": 1}


class House:
    """A worker and a doorbell on one broker, as in one process; `heard` gets every drained queue."""

    def __init__(self, broker: Broker, drain: Callable[[Queue], None] | None = None) -> None:
        self.heard: Inbox[Queue] = Inbox()
        app = make_app(broker)
        slots = QueueSlots(SIZES)
        self.doorbell = CeleryDoorbell(app, slots if broker.kind == "memory" else None)
        self.worker = CeleryWorker(app, slots, drain or self.heard.put)
        self.worker.start()

    def close(self) -> None:
        self.worker.close(10)

    def hears(self, queue: Queue, seconds: float = 60.0) -> bool:
        """Whether the queue is drained; what an earlier ring left is passed over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.heard.empty() and self.heard.get() == queue:
                return True
            time.sleep(0.002)
        return False


def until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return False


@pytest.fixture(params=["memory", "redis"])
def broker(request: pytest.FixtureRequest) -> Broker:
    return MemoryDoorbell() if request.param == "memory" else request.getfixturevalue("own_redis")


NUMBERS = itertools.cycle(range(1, 16))


@pytest.fixture
def own_redis(redis_url: str) -> RedisDoorbell:
    """A database of its own for each test: what a worker did not acknowledge comes back."""
    url = f"{redis_url.removesuffix('/0')}/{next(NUMBERS)}"
    with StrictRedis.from_url(url) as client:
        client.flushdb()
    return RedisDoorbell(url=SecretStr(url))


@pytest.fixture
def house(broker: Broker) -> Iterator[House]:
    made = House(broker)
    yield made
    made.close()


def test_every_queue_is_heard_and_an_idle_worker_is_quick(house: House) -> None:
    for queue in QUEUES:
        assert house.doorbell.ring(queue)
        assert house.hears(queue)
    waits = []
    for _ in range(7):
        started = time.monotonic()
        house.doorbell.ring("read")
        assert house.hears("read")
        waits.append(time.monotonic() - started)
    assert min(waits) < 0.5, "on an idle machine this is a few milliseconds; Celery's own polling takes a second each"


def test_many_rings_at_once_stay_within_each_queues_threads_and_the_last_is_heard(broker: Broker) -> None:
    now: list[Queue] = []
    most: dict[Queue, int] = dict.fromkeys(QUEUES, 0)
    done: list[Queue] = []
    go = threading.Event()
    lock = threading.Lock()

    def drain(queue: Queue) -> None:
        with lock:
            now.append(queue)
            most[queue] = max(most[queue], now.count(queue))
        go.wait(120)
        with lock:
            now.remove(queue)
            done.append(queue)

    house = House(broker, drain)
    try:
        for _ in range(10):
            for queue in QUEUES:
                assert house.doorbell.ring(queue)
        assert until(lambda: set(now) == set(QUEUES))
        for queue in QUEUES:  # while each queue has somebody at work
            assert house.doorbell.ring(queue)
        go.set()
        looked_after = until(lambda: all(done.count(queue) >= 2 for queue in QUEUES))
    finally:
        house.close()
    assert all(most[queue] <= SIZES[queue] for queue in QUEUES)
    assert looked_after, "somebody rang while all were at work"


def test_work_that_ends_badly_costs_nobody_a_thread(broker: Broker) -> None:
    calls: Inbox[Queue] = Inbox()

    def drain(queue: Queue) -> None:
        calls.put(queue)
        raise RuntimeError("boom")

    house = House(broker, drain)
    try:
        for _ in range(5):
            assert house.doorbell.ring("index")
            assert calls.get(timeout=60) == "index"
            assert until(lambda: house.worker._slots._free["index"] == 1)
    finally:
        house.close()


def test_a_broker_that_is_away_does_not_raise_and_costs_little() -> None:
    doorbell = CeleryDoorbell(make_app(RedisDoorbell(url=SecretStr(f"redis://127.0.0.1:{free_port()}/0"))))
    started = time.monotonic()
    for _ in range(50):
        doorbell.ring("read")
    assert time.monotonic() - started < 10.0
    assert until(lambda: not doorbell.ring("read")), "one attempt, and then a pause"


def test_nobody_who_rings_waits_for_a_broker_that_has_fallen_silent(
    own_redis: RedisDoorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half-open connection: what is sent goes nowhere, and nothing says so."""
    monkeypatch.setitem(celery_app.REDIS_OPTIONS, "socket_timeout", 3)
    network = Network()
    try:
        url = own_redis.url.get_secret_value()
        port, _, number = url.rpartition(":")[2].partition("/")
        proxy = Proxy(network, int(port))
        doorbell = CeleryDoorbell(make_app(RedisDoorbell(url=SecretStr(f"redis://127.0.0.1:{proxy.port}/{number}"))))
        doorbell.ring("read")
        with StrictRedis.from_url(url) as client:
            assert until(lambda: client.llen("sheaf:read") == 1)
        proxy.half_open()
        started = time.monotonic()
        for queue in QUEUES:
            assert doorbell.ring(queue)
        assert time.monotonic() - started < 2.0, "the connection is given up after three seconds"
        assert until(lambda: not doorbell.ring("read")), "it is given up after a while"
        assert until(lambda: doorbell.ring("read")), "and tried again"
    finally:
        network.close()


# Celery announces at each lost connection what a later version will do by itself.
@pytest.mark.filterwarnings("ignore::celery.exceptions.CPendingDeprecationWarning")
def test_a_worker_and_a_doorbell_outlive_their_broker() -> None:
    """Redis is stopped with all it held, and started again at the same place."""
    port = free_port()
    with redis(port) as url:
        house = House(RedisDoorbell(url=SecretStr(url)))
        assert house.doorbell.ring("read")
        assert house.hears("read")
    try:
        assert until(lambda: not house.doorbell.ring("read"))
        with redis(port):
            assert until(lambda: house.doorbell.ring("read") and house.hears("read", 1.0))
            house.close()
    finally:
        house.close()


def test_a_celery_worker_that_gives_up_is_followed_by_another(own_redis: RedisDoorbell) -> None:
    """A key of another kind where its queue should be: Redis refuses, and Celery knows no way out."""
    url = own_redis.url.get_secret_value()
    with StrictRedis.from_url(url) as client:
        client.set("sheaf:read", "not a list")
        house = House(own_redis)
        try:
            first = house.worker._controller
            assert until(lambda: house.worker._controller is not first)
            client.delete("sheaf:read")
            assert until(lambda: house.doorbell.ring("read") and house.hears("read", 1.0))
        finally:
            house.close()


def test_nothing_but_the_doorbell_is_asked_of_celery() -> None:
    conf = make_app(MemoryDoorbell()).conf
    assert (conf.result_backend, conf.task_ignore_result, conf.accept_content) == (None, True, ["json"])
    assert conf.worker_prefetch_multiplier == 1
    assert make_app(RedisDoorbell()).conf.broker_connection_max_retries is None, "consumers never give up"
