"""Jobs: run again, list, follow, result, cancel, retry."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import select, update

from pipeline.stores.records import jobs
from pipeline.stores.records.artifacts import artifacts
from pipeline.stores.records.stages import stages
from schemas import exact_json
from tests.support.rows import spread_in_time


def events_of(response: httpx.Response):
    """Names and data of server-sent events as they arrive."""
    name = None
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_a_job_goes_from_queued_to_succeeded(house, client):
    first, second = house.upload(client)["job"], house.upload(client, b"other")["job"]
    assert client.get(f"/v1/jobs/{second['id']}").json()["queue_position"] == first["queue_position"] + 1
    house.work()
    job = client.get(f"/v1/jobs/{first['id']}").json()
    assert (job["status"], job["progress"], job["queue_position"]) == ("succeeded", 1.0, None)
    assert {stage["status"] for stage in job["stages"]} == {"succeeded"}
    assert job["finished_at"] is not None


def test_a_result_is_sent_digit_for_digit(house, client):
    job = house.upload(client)["job"]
    house.work()
    mine = (artifacts.c.stage == "finish") & (artifacts.c.document_id == job["document_id"])
    with house.services.database.write() as connection:
        stored = exact_json.loads(connection.execute(select(artifacts.c.content).where(mine)).scalar_one())
        stored["data"] = {"total": Decimal("1234567890123456789.50")}
        connection.execute(update(artifacts).where(mine).values(content=exact_json.dumps(stored)))
    text = client.get(f"/v1/jobs/{job['id']}/result").text
    assert '"total":1234567890123456789.50' in text


def test_a_result_names_job_document_and_what_made_it(house, client):
    accepted = house.upload(client, b"One sentence here.", tasks="summarize")
    house.work()
    result = client.get(f"/v1/jobs/{accepted['job']['id']}/result").json()
    assert result["job_id"] == accepted["job"]["id"]
    assert result["document"]["sha256"] == accepted["document"]["sha256"]
    assert result["status"] == "succeeded"
    assert result["summary"]["text"]
    assert result["produced_by"]["pipeline"]


def test_a_result_is_a_conflict_until_the_job_has_ended(house, client, problem):
    job = house.upload(client)["job"]
    body = problem(client.get(f"/v1/jobs/{job['id']}/result"), 409, "result-not-ready")
    assert body["job_status"] == "queued"
    started = time.monotonic()
    problem(client.get(f"/v1/jobs/{job['id']}/result?wait=0.3"), 409, "result-not-ready")
    assert time.monotonic() - started >= 0.3
    problem(client.get(f"/v1/jobs/{job['id']}/result?wait=-1"), 422, "invalid-request")


def test_a_hundred_waiters_get_the_result_when_it_is_there_and_block_nobody(house, client):
    job = house.upload(client)["job"]
    limits = httpx.Limits(max_connections=200)
    headers = {"Authorization": client.headers["authorization"]}
    with (
        httpx.Client(base_url=house.url, headers=headers, timeout=90, limits=limits, trust_env=False) as many,
        ThreadPoolExecutor(100) as pool,
    ):
        waiting = [pool.submit(many.get, f"/v1/jobs/{job['id']}/result?wait=60") for _ in range(100)]
        time.sleep(0.3)
        assert not any(answer.done() for answer in waiting)
        started = time.monotonic()
        assert client.get(f"/v1/jobs/{job['id']}").json()["status"] == "queued"
        assert time.monotonic() - started < 20
        house.work()
        assert {answer.result().status_code for answer in waiting} == {200}


def test_a_job_can_be_followed_to_its_end(house, client):
    house.work()  # what other tests left, so that the next step is this job's
    job = house.upload(client)["job"]
    with client.stream("GET", f"/v1/jobs/{job['id']}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = events_of(response)
        name, first = next(events)
        assert (name, first["status"]) == ("job", "queued")
        assert house.step("read")
        name, read = next(events)
        assert (name, read["status"]) == ("job", "running")
        worker = threading.Thread(target=house.work)
        worker.start()
        *rest, (last_name, last) = events
        worker.join()
    assert {name for name, _ in rest} == {"job"}
    assert (last_name, last["status"], last["progress"]) == ("end", "succeeded", 1.0)
    shown = [view["progress"] for _, view in [("job", first), ("job", read), *rest]]
    assert shown == sorted(shown)


def test_head_of_a_jobs_events_ends_although_the_job_goes_on(house, client):
    job = house.upload(client)["job"]
    head = client.head(f"/v1/jobs/{job['id']}/events", timeout=60)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/event-stream")
    assert client.head("/v1/jobs/none/events").status_code == 404


def test_a_job_names_its_document_until_that_is_deleted(house, client):
    accepted = house.upload(client, name="letter.txt")
    path = f"/v1/jobs/{accepted['job']['id']}"
    assert accepted["job"]["document_name"] == client.get(path).json()["document_name"] == "letter.txt"
    assert [job["document_name"] for job in client.get("/v1/jobs").json()["items"]] == ["letter.txt"]
    client.delete(f"/v1/documents/{accepted['document']['id']}").raise_for_status()
    assert client.get(path).json()["document_name"] is None


def test_a_job_that_has_ended_is_followed_at_once(house, client):
    job = house.upload(client)["job"]
    house.work()
    with client.stream("GET", f"/v1/jobs/{job['id']}/events") as response:
        assert [name for name, _ in events_of(response)] == ["job", "end"]


def test_a_cancelled_job_ends_and_says_so_in_its_result(house, client, problem):
    job = house.upload(client)["job"]
    assert client.post(f"/v1/jobs/{job['id']}/cancel").status_code == 202
    assert client.get(f"/v1/jobs/{job['id']}").json()["status"] == "cancelled"
    result = client.get(f"/v1/jobs/{job['id']}/result").json()
    assert (result["status"], result["data"], result["completeness"]["complete"]) == ("cancelled", None, False)
    problem(client.post(f"/v1/jobs/{job['id']}/cancel"), 409, "not-cancellable")


def test_a_cancelled_job_can_be_retried(house, client):
    job = house.upload(client)["job"]
    client.post(f"/v1/jobs/{job['id']}/cancel")
    assert client.post(f"/v1/jobs/{job['id']}/retry").json()["status"] == "queued"
    house.work()
    assert client.get(f"/v1/jobs/{job['id']}/result").json()["status"] == "succeeded"


def test_a_job_that_succeeded_cannot_be_retried(house, client, problem):
    job = house.upload(client)["job"]
    problem(client.post(f"/v1/jobs/{job['id']}/retry", json={}), 409, "not-retryable")
    house.work()
    problem(client.post(f"/v1/jobs/{job['id']}/retry"), 409, "not-retryable")


def test_an_encrypted_document_fails_by_name_and_goes_on_with_its_password(house, client):
    job = house.upload(client, b"%LOCKED words")["job"]
    house.work()
    result = client.get(f"/v1/jobs/{job['id']}/result").json()
    assert (result["status"], result["problem"]["type"]) == ("failed", "urn:sheaf:problem:password-required")
    client.post(f"/v1/jobs/{job['id']}/retry", json={"password": "wrong"})
    house.work()
    view = client.get(f"/v1/jobs/{job['id']}").json()
    assert (view["status"], view["problem"]["type"]) == ("failed", "urn:sheaf:problem:wrong-password")
    client.post(f"/v1/jobs/{job['id']}/retry", json={"password": "sesame"})
    house.work()
    assert client.get(f"/v1/jobs/{job['id']}/result").json()["status"] == "succeeded"


def test_a_stored_document_is_run_again_without_an_upload(house, client, problem):
    document = house.upload(client, tasks="summarize")["document"]
    house.work()
    wanted = {"document_id": document["id"], "tasks": "summarize,index", "metadata": {"a": 1}}
    response = client.post("/v1/jobs", json=wanted)
    assert response.status_code == 202
    assert response.headers["location"] == f"/v1/jobs/{response.json()['id']}"
    assert response.json()["tasks"] == ["summarize", "index"]
    house.work()
    listed = client.get("/v1/jobs", params={"document_id": document["id"], "status": "succeeded"}).json()
    assert len(listed["items"]) == 2
    problem(client.post("/v1/jobs", json={**wanted, "schema": "nothing"}), 422, "unknown-schema")
    body = problem(client.post("/v1/jobs", json={**wanted, "tasks": ["dance"]}), 422, "invalid-request")
    assert body["errors"][0]["path"] == "/tasks/0"
    problem(client.post("/v1/jobs", json={**wanted, "colour": "red"}), 422, "invalid-request")


def test_jobs_are_listed_by_status_and_page(house, client):
    ids = [house.upload(client, b"text %d" % n)["job"]["id"] for n in range(3)]
    with house.services.database.write() as connection:
        spread_in_time(connection, jobs.jobs, ids)
    client.post(f"/v1/jobs/{ids[0]}/cancel")
    assert [job["id"] for job in client.get("/v1/jobs?status=cancelled").json()["items"]] == [ids[0]]
    page = client.get("/v1/jobs?limit=2").json()
    assert [job["id"] for job in page["items"]] == [ids[2], ids[1]]
    rest = client.get("/v1/jobs", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert ([job["id"] for job in rest["items"]], rest["next_cursor"]) == ([ids[0]], None)


@pytest.mark.parametrize("status", ["sleeping", ""])
def test_an_unknown_status_is_refused(client, problem, status):
    problem(client.get(f"/v1/jobs?status={status}"), 422, "invalid-request")


def test_a_job_that_failed_beyond_help_still_has_a_result_with_its_problem(house, client):
    job = house.upload(client)["job"]
    with house.services.database.write() as connection:
        jobs.mark_finished(connection, job["id"], status="failed", problem=None, result_key=None, sequence=1)
    result = client.get(f"/v1/jobs/{job['id']}/result").json()
    assert (result["status"], result["problem"]["type"]) == ("failed", "urn:sheaf:problem:internal-error")
    assert result["document"]["name"] == "a.txt"
    with house.services.database.write() as connection:
        connection.execute(update(stages).where(stages.c.job_id == job["id"]).values(status="failed"))
