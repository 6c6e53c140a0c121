"""Documents through the pipeline, their values read by the tiny Llama 4 in the service's own process."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pipeline.jobs import results
from pipeline.jobs.handlers.extract import Extract
from pipeline.jobs.handlers.read import Read
from pipeline.model_settings import TransformersChatModel as Settings
from pipeline.models.llama4 import canvas_tokens
from pipeline.models.scripted import Step
from pipeline.models.transformers_chat.adapter import TransformersChatModel
from pipeline.reading.child.sandbox import Sandbox
from pipeline.reading.reader import Reader
from pipeline.settings import Sandbox as Limits
from pipeline.stores.records.database import Database
from schemas import exact_json
from tests.support.files import INVOICE, pdf
from tests.support.pictures import encoded, text_image
from tests.support.service import finished, running, upload
from tests.support.services import WORKSPACE, handlers, make_services, submit, work_all
from tests.support.steered_llama4 import SteeredEngine

SCHEMA = {
    "type": "object",
    "properties": {"shop": {"type": "string", "maxLength": 40}, "paid_in_cash": {"type": "boolean"}},
    "additionalProperties": False,
}


def test_random_weights_end_in_an_honest_result(checkpoint: Path, tmp_path: Path) -> None:
    """Over REST, with nothing steered: what such a model says stands nowhere, and nothing it says may break a job."""
    chat = {"kind": "transformers", "path": str(checkpoint), "device": "cpu"}
    with running(tmp_path / "data", SHEAF_CHAT=json.dumps(chat)) as service, service.client() as client:
        accepted = upload(client, "invoice.pdf", pdf(INVOICE), schema=json.dumps(SCHEMA), tasks="extract")
        job_id = accepted.raise_for_status().json()["job"]["id"]
        job = finished(client, job_id)
        result = client.get(f"/v1/jobs/{job_id}/result").raise_for_status().json()
    assert job["status"] in {"succeeded", "partial"}
    assert {stage["name"]: stage["status"] for stage in job["stages"]}["extract"] == "succeeded"
    if result["data"] is not None:
        jsonschema.validate(result["data"], SCHEMA)
    name = f"transformers/{checkpoint.name}"
    assert result["produced_by"]["extraction_large"] == name
    (usage,) = result["usage"]["models"]
    assert (usage["model"], usage["input_tokens"]) == (name, result["usage"]["input_tokens"])
    assert usage["calls"] >= 1
    assert usage["output_tokens"] > 0


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(Limits())
    yield made
    made.close()


def test_a_scanned_receipt_is_shown_to_the_model_and_its_values_are_found_on_the_page(
    checkpoint: Path, tmp_path: Path, sandbox: Sandbox
) -> None:
    """The model is steered; the scan, its picture, the prompt, the grammar and the loop are real."""
    chosen = Settings(path=checkpoint, device="cpu")
    seen: list[Any] = []
    engine = SteeredEngine(chosen, [Step(value={"shop": "CORNER SHOP LIMITED", "paid_in_cash": None})])
    generate = engine.generate
    engine.generate = lambda turns, *more: (seen.extend(turns), generate(turns, *more))[1]  # type: ignore[method-assign]
    database = Database(f"sqlite:///{tmp_path / 'sheaf.db'}")
    database.migrate()
    services = make_services(database, tmp_path)
    reader = Reader(sandbox, None, services.settings.reading)
    services = replace(services, sandbox=sandbox, reader=reader, chat=TransformersChatModel(chosen, engine))
    try:
        job = submit(services, encoded(text_image(), "JPEG"), tasks=("extract",), schema=SCHEMA).job_id
        work_all(services, handlers(read=Read(), extract=Extract()))
        result = exact_json.loads(results.result(services, job, workspace_id=WORKSPACE))
    finally:
        services.chat.close()
        services.vectors.close()
        database.close()
    (turn,) = seen
    tiles = len(turn.prompt.pixels)
    assert tiles > 1
    assert result["usage"]["input_tokens"] > canvas_tokens(tiles - 1)
    assert result["data"]["shop"] == "CORNER SHOP LIMITED"
    (evidence,) = result["fields"]["/shop"]["evidence"]
    assert (evidence["page"], evidence["quote"]) == (1, "CORNER SHOP LIMITED")
