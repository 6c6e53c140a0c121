"""A chat model that fails costs the document it fails on its completeness, and nothing else its peace."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.service import Service, finished, running, upload

SCHEMA = {
    "type": "object",
    "properties": {
        "order_number": {"type": ["string", "null"], "x-sheaf-labels": ["Order number"], "x-sheaf-type": "id"},
        "ship": {"type": ["string", "null"], "x-sheaf-labels": ["Ship"]},
        "port": {"type": ["string", "null"], "x-sheaf-labels": ["Port"]},
        "agent": {"type": ["string", "null"], "x-sheaf-labels": ["Agent"]},
        "total": {"type": ["number", "null"], "x-sheaf-type": "money", "x-sheaf-labels": ["Total"]},
    },
}
GOOD = {"order_number": "A-7788", "ship": "Northern Lark", "port": "Elmsford", "agent": "Brightwater", "total": 60.2}
FOREIGN = {"order_number": "Z-1111", "ship": "Nordlerche", "port": "Ulmenfurt", "agent": "Hellwasser", "total": 6020.0}
ATTEMPTS = 2

CASES: dict[str, tuple[list[dict[str, Any]], str, str | None]] = {
    # What the model does, the warning that names it, and the problem on the stage.
    "down": ([{"behave": "crash"}] * ATTEMPTS, "model-unavailable", "model-unavailable"),
    "slow": ([{"behave": "slow", "seconds": 60, "value": GOOD}] * ATTEMPTS, "model-timeout", "model-timeout"),
    "rejecting": ([{"behave": "reject", "text": "no model of that name"}], "model-rejected", "model-rejected"),
    "refusing": ([{"behave": "refuse"}], "answer-refused", None),
    "looping": ([{"behave": "loop"}], "answer-loop", None),
    "cut": ([{"behave": "cut", "value": GOOD}], "answer-cut", None),
    "broken": ([{"behave": "invalid", "text": "<html>502 Bad Gateway</html>"}] * 2, "answer-invalid", None),
    "talkative": ([{"value": GOOD | {"mood": "sunny"}}] * 2, "answer-invalid", None),
    "foreign": ([{"value": FOREIGN}], "values-unfounded", None),
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("model")
    steps = [step | {"when": f"case {name} ends"} for name, (said, _, _) in CASES.items() for step in said]
    steps += [{"value": GOOD, "when": f"case good{number} ends"} for number in range(len(CASES) + 1)]
    script = folder / "script.json"
    script.write_text(json.dumps({"steps": steps}))
    settings = {
        "SHEAF_CHAT__KIND": "scripted",
        "SHEAF_CHAT__PATH": str(script),
        "SHEAF_JOBS__MAX_ATTEMPTS": str(ATTEMPTS),
        "SHEAF_EXTRACTION__ANSWER_SECONDS": "0.5",
    }
    with running(folder / "data", **settings) as service:
        yield service


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with service.client() as client:
        yield client
        assert client.get("/health/live").status_code == 200


def document(case: str) -> bytes:
    lines = ["Order number: A-7788", "Ship: Northern Lark", "Port: Elmsford", "Agent: Brightwater", "Total: 60.20 EUR"]
    return "\n\n".join([f"This case {case} ends here.", *lines]).encode()


def extracted(client: httpx.Client, case: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The job and its result."""
    answer = upload(client, f"{case}.txt", document(case), schema=json.dumps(SCHEMA), tasks="extract")
    assert answer.status_code == 202, answer.text
    job = finished(client, answer.json()["job"]["id"])
    result: dict[str, Any] = client.get(f"/v1/jobs/{job['id']}/result").raise_for_status().json()
    return job, result


def test_a_model_that_answers_well_gives_values_with_evidence(client: httpx.Client) -> None:
    job, result = extracted(client, f"good{len(CASES)}")
    assert job["status"] == "succeeded", result
    assert result["data"] == GOOD
    assert all(field["grounded"] and not field["needs_review"] for field in result["fields"].values())
    assert result["produced_by"]["extraction_large"] == "scripted"
    assert result["usage"]["models"][0]["calls"] == 1
    assert result["warnings"] == []


@pytest.mark.parametrize("case", CASES)
def test_a_model_that_fails_is_named_and_the_next_document_is_not_affected(client: httpx.Client, case: str) -> None:
    _, code, problem = CASES[case]
    job, result = extracted(client, case)
    assert job["status"] == "partial"
    assert code in [warning["code"] for warning in result["warnings"]]
    assert not result["completeness"]["complete"]
    stage = next(stage for stage in job["stages"] if stage["name"] == "extract")
    assert (stage["problem"] or {}).get("type") == (f"urn:sheaf:problem:{problem}" if problem else None)
    assert result["data"]["order_number"] == "A-7788", "the rules found it, and it stands in the document"
    assert "mood" not in result["data"]
    job, result = extracted(client, f"good{list(CASES).index(case)}")
    assert (job["status"], result["data"]) == ("succeeded", GOOD)
