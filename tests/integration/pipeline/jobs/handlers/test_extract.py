"""The stage `extract` with chat models, in a real parser child."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeline.jobs import results
from pipeline.jobs.cancel import retry
from pipeline.jobs.handlers.extract import Extract
from pipeline.models.scripted import Script, ScriptedChatModel, Step
from pipeline.reading.child.sandbox import Sandbox
from pipeline.services import Services
from pipeline.stores.records.database import Database
from schemas import exact_json
from schemas.documents import Document, Page, TextBlock
from schemas.embedded import EmbeddedData, EmbeddedValue
from tests.support.services import WORKSPACE, Scripted, handlers, make_services, submit, work_all

LINES = ("Order number: A-7788", "Northern Lark sails from Elmsford on Monday.", "Total: 1,204.50 EUR")
SCHEMA = {
    "type": "object",
    "properties": {
        "order_number": {"type": "string", "x-sheaf-labels": ["Order number"], "x-sheaf-type": "id"},
        "vessel": {"type": "string"},
        "harbour": {"type": "string"},
        "total": {"type": "number", "x-sheaf-type": "money", "x-sheaf-labels": ["Total"]},
    },
}


def _document() -> Document:
    text, blocks = "", []
    for line in LINES:
        blocks.append(TextBlock(kind="paragraph", start=len(text), stop=len(text) + len(line)))
        text += line + "\n\n"
    return Document(shape="text", media_type="text/plain", text=text, blocks=blocks)


@pytest.fixture(scope="module")
def sandbox(warm_sandbox: Sandbox) -> Sandbox:
    return warm_sandbox


@pytest.fixture
def make(sqlite_database: Database, tmp_path: Path, sandbox: Sandbox) -> Iterator[Any]:
    opened: list[Services] = []

    def services(**settings: Any) -> Services:
        opened.append(replace(make_services(sqlite_database, tmp_path, **settings), sandbox=sandbox))
        return opened[-1]

    yield services
    for each in opened:
        each.vectors.close()


def model(name: str, *steps: dict[str, Any]) -> ScriptedChatModel:
    return ScriptedChatModel(Script(model=name, steps=[Step(**step) for step in steps]))


def result(services: Services, job: str) -> dict[str, Any]:
    found: dict[str, Any] = exact_json.loads(results.result(services, job, workspace_id=WORKSPACE))
    return found


def extracted(services: Services) -> tuple[str, dict[str, Any]]:
    job = submit(services, tasks=("extract",), schema=SCHEMA).job_id
    work(services)
    return job, result(services, job)


def work(services: Services, document: Document | None = None) -> None:
    read = Scripted([(document or _document()).model_dump_json().encode()])
    work_all(services, handlers(read=read, extract=Extract()))


def test_without_a_model_the_rules_answer(make: Any) -> None:
    _, found = extracted(make())
    assert found["data"]["order_number"] == "A-7788"
    assert "vessel" not in found["data"]
    assert found["usage"]["models"] == []


def test_a_model_adds_what_rules_cannot_read_and_every_value_is_found(make: Any) -> None:
    value = {"order_number": "A-7788", "vessel": "Northern Lark", "harbour": "Elmsford", "total": 1204.50}
    services = replace(make(), chat=model("llama", {"value": value}))
    _, found = extracted(services)
    assert found["status"] == "succeeded"
    assert found["data"]["vessel"] == "Northern Lark"
    assert found["fields"]["/harbour"]["evidence"][0]["quote"] == "Elmsford"
    assert found["produced_by"]["extraction_large"] == "llama"
    assert found["produced_by"]["prompt"].startswith("extract-")


def test_a_cascade_asks_each_level_only_for_what_is_missing_and_tells_what_each_cost(make: Any) -> None:
    services = make(extraction={"cascade": True, "accept": 0.8})
    small = model("small", {"value": {"vessel": "Northern Lark", "harbour": None}, "when": '"vessel"'})
    large = model("large", {"value": {"harbour": "Elmsford"}, "when": '"harbour"'})
    services = replace(services, chat=large, chat_small=small)
    _, found = extracted(services)
    assert found["status"] == "succeeded"
    assert found["data"]["vessel"] == "Northern Lark"
    asked = {each["model"]: each["calls"] for each in found["usage"]["models"]}
    assert asked == {"small": 1}, "what the rules and the small model both did not find is not there"
    assert "harbour" not in found["data"]


def test_no_model_is_asked_for_what_the_file_states_and_none_changes_it(make: Any) -> None:
    stated = EmbeddedValue(name="order_number", value="B-1", path="/Order", quote="B-1")
    document = _document()
    document.embedded = [EmbeddedData(source="order.xml", standard="ubl", values=[stated])]
    large = model("large", {"value": {"vessel": "Northern Lark", "harbour": None, "total": None}, "when": '"vessel"'})
    services = replace(make(), chat=large)
    job = submit(services, tasks=("extract",), schema=SCHEMA).job_id
    work(services, document)
    found = result(services, job)
    assert (found["data"]["order_number"], found["data"]["vessel"]) == ("B-1", "Northern Lark")
    assert [place["kind"] for place in found["fields"]["/order_number"]["evidence"]] == ["embedded"]
    assert found["fields"]["/order_number"]["confidence"] == Decimal("0.49"), "as it was"
    assert "embedded-disagrees" in [notice["code"] for notice in found["warnings"]]


def test_the_large_model_is_asked_where_the_small_one_was_not_sure(make: Any) -> None:
    services = make(extraction={"cascade": True, "accept": 0.8})
    small = model("small", {"value": {"vessel": "Southern Finch", "harbour": "Elmsford"}})
    large = model("large", {"value": {"vessel": "Northern Lark"}})
    services = replace(services, chat=large, chat_small=small)
    _, found = extracted(services)
    assert found["data"]["vessel"] == "Northern Lark", "the small model's ship stands nowhere"
    assert found["data"]["harbour"] == "Elmsford"
    assert {each["model"] for each in found["usage"]["models"]} == {"small", "large"}
    assert {"extraction_small", "extraction_large", "rules"} <= set(found["produced_by"])


def test_what_the_rules_are_sure_of_needs_no_model(make: Any) -> None:
    services = make(extraction={"cascade": True, "accept": 0.0})
    silent = model("large")
    schema = {"type": "object", "properties": {"order_number": SCHEMA["properties"]["order_number"]}}  # type: ignore[index]
    services = replace(services, chat=silent)
    job = submit(services, tasks=("extract",), schema=schema).job_id
    work(services)
    found = result(services, job)
    assert (found["status"], found["usage"]["models"]) == ("succeeded", [])


def test_a_result_that_a_model_left_incomplete_is_made_anew_by_a_retry(make: Any) -> None:
    value = {"order_number": "A-7788", "vessel": "Northern Lark"}
    services = replace(make(), chat=model("llama", {"behave": "refuse"}, {"value": value}))
    job, found = extracted(services)
    assert found["status"] == "partial"
    retry(services, job, workspace_id=WORKSPACE, actor="test")
    work(services)
    found = result(services, job)
    assert found["status"] == "succeeded"
    assert found["data"]["vessel"] == "Northern Lark"


def test_the_threshold_of_review_is_that_of_the_day(make: Any) -> None:
    services = replace(
        make(extraction={"review_below": 0.99}), chat=model("llama", {"value": {"vessel": "Northern Lark"}})
    )
    _, found = extracted(services)
    assert found["fields"]["/vessel"]["needs_review"]


def test_a_page_of_which_the_model_saw_nothing_makes_it_partial(make: Any) -> None:
    """It has no words, and its picture cannot be drawn: the stored file is none that has pages."""
    blank = Page(number=1, width=595.0, height=842.0, source="none")
    services = replace(make(), chat=model("llama", {"value": {"vessel": "Northern Lark"}}))
    job = submit(services, tasks=("extract",), schema=SCHEMA).job_id
    work(services, Document(shape="pages", media_type="application/pdf", pages=[blank]))
    found = result(services, job)
    assert found["status"] == "partial"
    assert "pictures-missing" in [warning["code"] for warning in found["warnings"]]
