"""One Idempotency-Key is one job, however many ask at once, and when the process dies between commit and answer."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest

from bench.faults.proxy import Network, Proxy
from bench.servers import Postgres
from tests.support import servers
from tests.support.processes import Topology
from tests.support.service import upload
from tests.support.waiting import until

AT_ONCE = 50
KEY = "invoice-42"


@pytest.fixture
def network() -> Iterator[Network]:
    made = Network()
    yield made
    made.close()


def jobs_of(database: str) -> int:
    with psycopg.connect(database.replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT count(*) FROM jobs").fetchone()
    assert row is not None
    return int(row[0])


def test_fifty_equal_uploads_with_one_key_are_one_job_and_so_is_one_whose_answer_was_lost(
    tmp_path: Path, network: Network
) -> None:
    with ExitStack() as stack:
        database = stack.enter_context(servers.postgres())
        redis = stack.enter_context(servers.redis())
        proxy = Proxy(network, int(database.rpartition(":")[2].partition("/")[0]))
        settings = {
            "SHEAF_DATABASE_URL": Postgres.url_at(proxy.port),
            "SHEAF_DOORBELL__KIND": "redis",
            "SHEAF_DOORBELL__URL": redis,
        }
        topology = stack.enter_context(Topology(tmp_path, **settings))
        api = topology.start("api")
        api.wait_ready()
        proxy.withhold(b"INSERT INTO idempotency_keys", b"COMMIT")
        with topology.client(api) as client, ThreadPoolExecutor(1) as pool:
            unanswered = pool.submit(upload, client, "a.txt", b"words", idempotency_key=KEY)
            assert proxy.caught.wait(120), "it is committed, and the process does not know"
            until(lambda: jobs_of(database) == 1)
            api.kill()
            assert isinstance(unanswered.exception(120), httpx.TransportError)
        again = topology.start("api")
        again.wait_ready()
        with topology.client(again) as client, ThreadPoolExecutor(AT_ONCE) as pool:
            sent = [pool.submit(upload, client, "a.txt", b"words", idempotency_key=KEY) for _ in range(AT_ONCE)]
            other = [pool.submit(upload, client, "b.txt", b"others", idempotency_key="new") for _ in range(AT_ONCE)]
            answers = [each.result() for each in (*sent, *other)]
        assert {answer.status_code for answer in answers} == {202}, [answer.text for answer in answers][:3]
        ids = [json.loads(answer.text)["job"]["id"] for answer in answers]
        assert len(set(ids[:AT_ONCE])) == 1
        assert len(set(ids[AT_ONCE:])) == 1
        assert jobs_of(database) == 2
