"""Schemathesis over the description that a real service gives of itself.

python -m tests.support.schemathesis_run FOLDER --seed 2 --max-time 600
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx

from tests.support.files import INVOICE
from tests.support.service import Service, finished, running, upload
from tests.support.waiting import until

HERE = Path(__file__).parent
SETTINGS = {
    "SHEAF_HTTP__MAX_WAITING_SECONDS": "1",
    "SHEAF_TRANSCRIBER__KIND": "none",
    "SHEAF_WEBHOOKS__ALLOW": json.dumps(["127.0.0.1/32:9"]),
}


def hold_to_description(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """A service in that folder, and `schemathesis run` against it; what that printed.

    The key that was used still opens afterwards, or all that came after its end would have been a 401.
    """
    (folder / "inbox").mkdir(parents=True)
    roots = json.dumps({"inbox": str(folder / "inbox")})
    with running(folder / "data", SHEAF_BATCHES__ROOTS=roots, **SETTINGS) as service, service.client() as client:
        found = _run(service, known(client), folder, *options)
        client.get("/v1/keys").raise_for_status()
    return found


def known(client: httpx.Client) -> dict[str, list[str]]:
    """Ids of one of everything, by the name of the path's parameter."""
    webhook = client.post("/v1/webhooks", json={"url": "http://127.0.0.1:9/"}).raise_for_status().json()
    batch = client.post("/v1/batches", json={"source": "inbox"}).raise_for_status().json()
    client.put("/v1/schemas/mine", json={"type": "object", "properties": {"total": {"type": "number"}}})
    accepted = [
        upload(client, "a.txt", INVOICE.encode(), schema="invoice").raise_for_status().json(),
        upload(client, "b.txt", b"words", tasks="summarize").raise_for_status().json(),
    ]
    for each in accepted:
        finished(client, each["job"]["id"])
    until(lambda: client.get("/v1/webhooks/deliveries").json()["items"])
    return {
        "document_id": [each["document"]["id"] for each in accepted],
        "job_id": [each["job"]["id"] for each in accepted],
        "webhook_id": [webhook["id"]],
        "delivery_id": [client.get("/v1/webhooks/deliveries").json()["items"][0]["id"]],
        "batch_id": [batch["id"]],
        "name": ["mine"],
        "number": ["1"],
    }


def _run(
    service: Service, ids: dict[str, list[str]], folder: Path, *options: str
) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {
        "PYTHONPATH": str(HERE.parents[1]),
        "SCHEMATHESIS_HOOKS": "tests.support.schemathesis_hooks",
        "SCHEMATHESIS_IDS": json.dumps(ids),
        "SCHEMATHESIS_OWN_KEY": service.key.split("_")[1],
    }
    program = [Path(sys.executable).with_name("schemathesis"), "--config-file", HERE / "schemathesis.toml", "run"]
    request = [f"{service.url}/openapi.json", "-H", f"Authorization: Bearer {service.key}", "--request-timeout", "60"]
    return subprocess.run(
        [*program, *request, "--no-color", *options],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder, env=environment, check=False,
    )  # fmt: skip


if __name__ == "__main__":
    ended = hold_to_description(Path(sys.argv[1]), *sys.argv[2:])
    print(ended.stdout)
    sys.exit(ended.returncode)
