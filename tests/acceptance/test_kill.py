"""kill -9 at random moments loses nothing and doubles nothing."""

import json
import random
import time
from pathlib import Path

import httpx
import pytest

from tests.support.files import INVOICE, pdf
from tests.support.receiver import receiver
from tests.support.service import Service, finished, upload

KILLS = 10
PER_ROUND = 4


@pytest.mark.timeout(900)
def test_every_accepted_document_ends_once_however_often_the_process_is_killed(tmp_path: Path) -> None:
    """Ten kills while documents are being accepted and worked on; then every 202 has one result and one event."""
    rng = random.Random(20260312)
    accepted: dict[str, str] = {}
    with receiver() as inbox:
        service = Service(
            tmp_path / "data",
            SHEAF_WEBHOOKS__ALLOW=json.dumps([f"127.0.0.1/32:{inbox.port}"]),
            SHEAF_TRANSCRIBER__KIND="none",
            SHEAF_JOBS__MAX_ATTEMPTS=str(KILLS + 3),  # where stages are slow, each kill may hit the same one
        )
        for round_number in range(KILLS):
            service.start()
            service.wait_ready()
            with service.client() as client:
                for number in range(PER_ROUND):
                    name = f"invoice-{round_number}-{number}.pdf"
                    content = pdf(f"{INVOICE}\nCopy {name}", "Second page.")
                    try:
                        answer = upload(client, name, content, schema="invoice", webhook_url=inbox.url)
                    except httpx.TransportError:
                        break
                    assert answer.status_code == 202, answer.text
                    accepted[answer.json()["job"]["id"]] = answer.json()["document"]["id"]
            time.sleep(rng.uniform(0.0, 1.5))
            service.kill()
        service.start()
        try:
            service.wait_ready()
            with service.client() as client:
                for job_id in accepted:
                    assert finished(client, job_id)["status"] == "succeeded", client.get(f"/v1/jobs/{job_id}").text
                    result = client.get(f"/v1/jobs/{job_id}/result").json()
                    assert result["data"]["invoice_number"] == "INV-2026-0042"
            _wait_for_events(inbox.received, set(accepted))
        finally:
            service.stop()
    assert len(accepted) == KILLS * PER_ROUND
    ids: dict[str, set[str]] = {}
    for headers, body in inbox.received:
        event = json.loads(body)
        assert event["type"] == "job.succeeded"
        ids.setdefault(event["data"]["job_id"], set()).add(headers["webhook-id"])
    assert set(ids) == set(accepted)
    assert all(len(found) == 1 for found in ids.values()), "one event, one id, however often it was sent"


def _wait_for_events(received: list[tuple[dict[str, str], bytes]], jobs: set[str]) -> None:
    deadline = time.monotonic() + 120
    while {json.loads(body)["data"]["job_id"] for _, body in received} != jobs:
        assert time.monotonic() < deadline, "not every job has sent its event"
        time.sleep(0.1)
