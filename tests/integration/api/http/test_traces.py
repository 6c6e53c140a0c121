"""Requests as spans, on a real server: what of them is told, whose children they are, and what hostile headers do."""

import shutil
from dataclasses import replace

import httpx
import pytest

from tests.integration.api.http.conftest import House, build_services, served
from tests.support.traces import Recorder, above

CANARY = "quintessential-marmalade"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CLIENT = f"00-{TRACE}-{SPAN}-01"


@pytest.fixture(scope="module")
def recorder():
    return Recorder()


@pytest.fixture(scope="module")
def house(tmp_path_factory, recorder):
    """A server that traces."""
    folder = tmp_path_factory.mktemp("traced")
    services = replace(build_services(folder), tracer=recorder.tracer)
    with served(services) as (url, _):
        built = House(services, url, folder)
        yield built
        for client in built.clients:
            client.close()
    services.vectors.close()
    services.database.close()
    shutil.rmtree(folder)


@pytest.fixture
def client(house, recorder):
    made = house.tenant()
    recorder.clear()
    return made


def test_an_upload_is_the_root_of_its_jobs_trace(house, client, recorder):
    accepted = house.upload(client, CANARY.encode(), name=f"{CANARY}.txt", metadata=f'{{"a": "{CANARY}"}}')
    house.work()
    upload = recorder.one("POST /v1/documents")
    assert (upload.kind, upload.parent, upload.failed) == ("server", None, False)
    assert upload.facts.pop("sheaf.request").startswith("req_")
    assert upload.facts == {
        "http.request.method": "POST",
        "http.route": "/v1/documents",
        "http.response.status_code": 202,
        "sheaf.workspace": client.workspace_id,
        "sheaf.document": accepted["document"]["id"],
        "sheaf.job": accepted["job"]["id"],
    }
    stages = [span for span in recorder.spans if span.name.startswith("stage ")]
    assert {span.name for span in stages} == {f"stage {name}" for name in ("read", "summarize", "index", "finish")}
    assert {tuple(above(recorder.spans, span)[1:]) for span in stages} == {("POST /v1/documents",)}
    assert not any(CANARY in span.rest for span in recorder.spans)


def test_the_traceparent_of_a_client_is_gone_on_with(house, client, recorder):
    client.headers["traceparent"] = CLIENT
    client.headers["tracestate"] = f"vendor={CANARY}"
    client.headers["baggage"] = f"word={CANARY}"
    house.upload(client)
    upload = recorder.one("POST /v1/documents")
    house.work()
    assert (upload.trace, upload.parent) == (TRACE, SPAN)
    assert {span.trace for span in recorder.spans} == {TRACE}
    assert not any(CANARY in span.rest for span in recorder.spans)


@pytest.mark.parametrize(
    "header",
    ["", "nonsense", CLIENT.upper(), CLIENT + "0", f"00-{'0' * 32}-{SPAN}-01", f"cc{CLIENT[2:]}-" + "a" * 9_000],
    ids=len,
)
def test_a_hostile_traceparent_is_as_none(house, client, recorder, header):
    client.headers["traceparent"] = header
    house.upload(client)
    upload = recorder.one("POST /v1/documents")
    assert upload.parent is None
    assert upload.trace != TRACE


def test_two_of_them_are_as_none(house, client, recorder):
    headers = [*client.headers.raw, (b"traceparent", CLIENT.encode()), (b"traceparent", CLIENT.encode())]
    assert client.get("/v1/jobs", headers=headers).status_code == 200
    assert recorder.one("GET /v1/jobs").parent is None


def test_a_new_job_and_a_retry_are_traced_too(house, client, recorder):
    document = house.upload(client)["document"]["id"]
    house.work()
    recorder.clear()
    job = client.post("/v1/jobs", json={"document_id": document}).raise_for_status().json()["id"]
    created = recorder.one("POST /v1/jobs")
    assert (created.facts["sheaf.job"], created.facts["sheaf.document"]) == (job, document)
    client.post(f"/v1/jobs/{job}/cancel").raise_for_status()
    house.work()
    client.post(f"/v1/jobs/{job}/retry").raise_for_status()
    house.work()
    asked, again = recorder.one("POST /v1/jobs/{job_id}/retry"), recorder.one("job retry")
    assert (again.trace, again.parent, again.links) == (created.trace, created.id, (asked.id,))
    assert above(recorder.spans, recorder.named("stage finish")[-1]) == ["stage finish", "job retry", "POST /v1/jobs"]


def test_a_refusal_is_told_by_its_kind(house, client, recorder):
    client.post("/v1/documents", files={"file": (f"{CANARY}.xyz", CANARY.encode())}, data={"schema": CANARY})
    client.get(f"/v1/{CANARY}?q={CANARY}")
    client.get(f"/v1/jobs/{CANARY}")
    httpx.get(f"{house.url}/v1/jobs", headers={"Authorization": f"Bearer sheaf_{CANARY}"})
    client.request(f"{CANARY}", "/v1/jobs")
    recorder.wait("POST /v1/documents", "GET", "GET /v1/jobs/{job_id}", "GET /v1/jobs", "_OTHER /v1/jobs")
    kinds = {span.name: span.facts.get("error.type") for span in recorder.spans}
    assert kinds["POST /v1/documents"] == "unknown-schema"
    assert kinds["GET /v1/jobs/{job_id}"] == "not-found"
    assert kinds["GET /v1/jobs"] == "unauthenticated"
    assert kinds["GET"] == "not-found"
    assert not any(span.failed for span in recorder.spans), "a client's mistake is no failure of ours"
    assert not any(CANARY in span.rest for span in recorder.spans)


def test_a_fault_of_ours_is_a_failure(house, client, recorder, monkeypatch):
    def broken(*_args, **_kwargs):
        raise ValueError(CANARY)

    monkeypatch.setattr("pipeline.jobs.views.list_jobs", broken)
    assert client.get("/v1/jobs").status_code == 500
    span = recorder.one("GET /v1/jobs")
    assert (span.failed, span.facts["error.type"]) == (True, "internal-error")
    assert CANARY not in span.rest


def test_questions_are_not_told_and_probes_are_not_traced(house, client, recorder):
    client.post("/v1/search", json={"query": CANARY}).raise_for_status()
    client.post("/v1/answers", json={"question": CANARY}).raise_for_status()
    for probe in ("/health/live", "/health/ready", "/metrics"):
        client.get(probe)
    recorder.wait("POST /v1/search", "POST /v1/answers")
    assert {span.name for span in recorder.spans} == {"POST /v1/search", "POST /v1/answers"}
    assert not any(CANARY in span.rest for span in recorder.spans)
