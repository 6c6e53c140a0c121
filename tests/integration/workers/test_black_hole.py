"""One receiver of ten that swallows connections does not hold up the other nine: real sockets, real senders."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pipeline.delivery.endpoints import create_endpoint
from pipeline.jobs.events import emit
from pipeline.jobs.leases import LeaseKeeper
from pipeline.services import Services
from pipeline.stores.records import receivers
from pipeline.stores.records.database import Database
from pipeline.stores.records.tables import current_time
from tests.support.rows import add_document
from tests.support.services import WORKSPACE, make_services
from workers.drain import Drain

ENDPOINTS = 10
EVENTS = 12
P95_SECONDS = 7.5
"""Whoever has to wait for the black hole waits for `webhooks.timeout_seconds`, which is twice that."""


class Times:
    """When each event came to a receiver that answers."""

    def __init__(self) -> None:
        self.came: list[float] = []


@contextmanager
def answering(times: Times) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            times.came.append(time.monotonic())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def swallowing() -> Iterator[tuple[str, list[int]]]:
    """Takes connections and never says a word; the numbers are how many it has had at a time."""
    listener = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []
    seen: list[int] = []

    def swallow() -> None:
        while True:
            try:
                held.append(listener.accept()[0])
            except OSError:
                return
            seen.append(len(held))

    thread = threading.Thread(target=swallow)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", seen
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for connection in held:
            connection.close()


def happen(services: Services, number: int) -> None:
    with services.database.write() as connection:
        emit(
            connection,
            services.settings,
            "job.succeeded",
            event_id=f"evt_{number}",
            workspace_id=WORKSPACE,
            status="succeeded",
            now=current_time(connection),
            job_id="job_1",
            document_id="doc_1",
        )


def test_a_black_hole_among_ten_receivers_leaves_the_others_their_time(
    sqlite_database: Database, tmp_path: Path
) -> None:
    services = make_services(sqlite_database, tmp_path, webhooks={"allow": ["127.0.0.0/8"]})
    with services.database.write() as connection:
        add_document(connection)
    keeper = LeaseKeeper(services.database, lease_seconds=60)
    drain = Drain(services, keeper, "test", {})
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            drain("deliver")
            ended.wait(0.01)

    made: list[float] = []
    times = [Times() for _ in range(ENDPOINTS - 1)]
    with ExitStack() as opened:
        hole, seen = opened.enter_context(swallowing())
        urls = [hole, *(opened.enter_context(answering(each)) for each in times)]
        ids = [create_endpoint(services, url, [], workspace_id=WORKSPACE, actor="test").record.id for url in urls]
        workers = [threading.Thread(target=work) for _ in range(services.settings.jobs.deliver_threads)]
        for worker in workers:
            worker.start()
        for number in range(EVENTS):
            made.append(time.monotonic())
            happen(services, number)
            time.sleep(0.05)
        deadline = time.monotonic() + 60
        while any(len(each.came) < EVENTS for each in times) and time.monotonic() < deadline:
            time.sleep(0.01)
        in_flight = len(seen)
        ended.set()
        drain.stop()
        opened.close()  # whoever still waits for the black hole is told that it has gone
        for worker in workers:
            worker.join()
    taken = sorted(came - made[index] for each in times for index, came in enumerate(sorted(each.came)))
    assert len(taken) == EVENTS * (ENDPOINTS - 1)
    assert taken[int(len(taken) * 0.95)] < P95_SECONDS
    assert in_flight <= services.settings.webhooks.parallel
    with services.database.read() as connection:
        hole_now = receivers.get_receiver(connection, ids[0])
        others = [receivers.get_receiver(connection, id) for id in ids[1:]]
    assert hole_now is not None
    assert hole_now.failures > 0
    assert [other.failures for other in others if other is not None] == [0] * (ENDPOINTS - 1)
