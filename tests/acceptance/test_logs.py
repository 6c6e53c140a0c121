"""What a real service logs and traces: ids of everything, and nothing of what documents say."""

import json
from pathlib import Path

from tests.support.receiver import receiver
from tests.support.service import finished, running, upload
from tests.support.traces import KNOWN, Collector, collector
from tests.support.waiting import until

CANARY = "quintessential-marmalade-7741"
CLIENT = "0af7651916cd43dd8448eb211c80319c"
TEXT = f"Invoice 4711\n\nThe word of the day is {CANARY}, and {CANARY.upper()} again.\n"


def test_logs_and_traces_have_ids_and_hold_no_text_of_a_document(tmp_path: Path) -> None:
    with (
        collector() as taken,
        receiver() as hook,
        running(
            tmp_path / "data",
            SHEAF_LOG_FORMAT="json",
            SHEAF_LOG_LEVEL="INFO",
            SHEAF_WEBHOOKS__ALLOW='["127.0.0.1/32"]',
            SHEAF_TRACING__KIND="otel",
            OTEL_EXPORTER_OTLP_ENDPOINT=taken.url,
        ) as service,
        service.client() as client,
    ):
        client.headers["traceparent"] = f"00-{CLIENT}-b7ad6b7169203331-01"
        hooked = {"schema": "invoice", "webhook_url": f"{hook.url}?token={CANARY}"}
        accepted = upload(client, f"{CANARY}.txt", TEXT.encode(), **hooked).raise_for_status().json()
        del client.headers["traceparent"]
        damaged = upload(client, "broken.html", f"<p>{CANARY}<table><tr>".encode()).raise_for_status().json()
        for each in (accepted, damaged):
            finished(client, each["job"]["id"])
        found = client.post("/v1/search", json={"query": CANARY}).raise_for_status()
        assert CANARY in found.text, "the service knows it"
        client.post("/v1/answers", json={"question": f"What is {CANARY}?"}).raise_for_status()
        client.post("/v1/search", json={"query": CANARY, "limit": "many"})
        until(lambda: hook.received)
    log = service.log.read_text(encoding="utf-8")  # whole, since nobody writes it any more
    keys = (service.key, service.key.partition("_")[2])
    assert CANARY not in log.lower()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    stages = [line for line in lines if line.get("job") == accepted["job"]["id"]]
    assert {line["stage"] for line in stages} >= {"read", "extract", "index", "finish"}
    assert {line["document"] for line in stages} == {accepted["document"]["id"]}
    assert all(line["workspace"].startswith("ws_") for line in stages)
    assert {line["trace_id"] for line in stages} == {CLIENT}
    assert hook.received[0][0]["traceparent"].startswith(f"00-{CLIENT}-")
    of_job = names_of(taken, CLIENT)
    assert of_job >= {"POST /v1/documents", "stage read", "stage extract", "stage index", "stage finish", "webhook"}
    for body in taken.bodies:
        assert CANARY.encode() not in body.lower()
        assert not any(key.encode() in body for key in keys)


def names_of(taken: Collector, trace: str) -> set[str]:
    spans = [span for _, span in taken.spans() if span.trace_id.hex() == trace]
    assert {attribute.key for span in spans for attribute in span.attributes} <= KNOWN
    return {span.name for span in spans}
