"""What a real service logs: ids of everything, and nothing of what documents say."""

import json
from pathlib import Path

from tests.support.service import finished, running, upload

CANARY = "quintessential-marmalade-7741"
TEXT = f"Invoice 4711\n\nThe word of the day is {CANARY}, and {CANARY.upper()} again.\n"


def test_logs_are_json_with_ids_and_hold_no_text_of_a_document(tmp_path: Path) -> None:
    with (
        running(tmp_path / "data", SHEAF_LOG_FORMAT="json", SHEAF_LOG_LEVEL="INFO") as service,
        service.client() as client,
    ):
        accepted = upload(client, "note.txt", TEXT.encode(), schema="invoice").raise_for_status().json()
        damaged = upload(client, "broken.html", f"<p>{CANARY}<table><tr>".encode()).raise_for_status().json()
        for each in (accepted, damaged):
            finished(client, each["job"]["id"])
        found = client.post("/v1/search", json={"query": CANARY}).raise_for_status()
        assert CANARY in found.text, "the service knows it"
        client.post("/v1/answers", json={"question": f"What is {CANARY}?"}).raise_for_status()
        client.post("/v1/search", json={"query": CANARY, "limit": "many"})
    log = service.log.read_text(encoding="utf-8")  # whole, since nobody writes it any more
    assert CANARY not in log.lower()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    stages = [line for line in lines if line.get("job") == accepted["job"]["id"]]
    assert {line["stage"] for line in stages} >= {"read", "extract", "index", "finish"}
    assert {line["document"] for line in stages} == {accepted["document"]["id"]}
    assert all(line["workspace"].startswith("ws_") for line in stages)
