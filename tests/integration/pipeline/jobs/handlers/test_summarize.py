"""The stage `summarize` with a chat model, in a real parser child."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.jobs import results
from pipeline.jobs.accept import accept_again
from pipeline.jobs.cancel import retry
from pipeline.jobs.handlers.summarize import Summarize
from pipeline.jobs.options import JobOptions
from pipeline.models.chat import ChatModel
from pipeline.models.scripted import Script, ScriptedChatModel, Step
from pipeline.reading.child.sandbox import Sandbox
from pipeline.services import Services
from pipeline.stores.records import jobs, stages
from pipeline.stores.records.database import Database
from schemas import exact_json
from schemas.documents import Block, Document, Page, TextBlock, Words
from tests.support.services import WORKSPACE, Scripted, handlers, make_services, submit, work_all

TEXT = "The rent is 1,200.00 EUR a month. It is due on the first working day. The lease ends on 30 April 2028."
DOCUMENT = Document(
    shape="text",
    media_type="text/plain",
    text=TEXT,
    blocks=[TextBlock(kind="paragraph", start=0, stop=len(TEXT))],
)
GOOD = {"sentences": [{"text": "The lease ends in April 2028.", "page": 1, "quote": "lease ends on 30 April 2028"}]}


@pytest.fixture(scope="module")
def sandbox(warm_sandbox: Sandbox) -> Sandbox:
    return warm_sandbox


@pytest.fixture
def services(sqlite_database: Database, tmp_path: Path, sandbox: Sandbox) -> Iterator[Services]:
    made = replace(make_services(sqlite_database, tmp_path, jobs={"max_attempts": 2}), sandbox=sandbox)
    yield made
    made.vectors.close()


def model(*steps: Step) -> ChatModel:
    return ScriptedChatModel(Script(model="llama", steps=list(steps)))


def work(services: Services, document: Document = DOCUMENT) -> None:
    read = Scripted([document.model_dump_json().encode()])
    work_all(services, handlers(read=read, summarize=Summarize()))


def summarized(services: Services, *steps: Step) -> dict[str, Any]:
    services = replace(services, chat=model(*steps))
    job = submit(services, tasks=("summarize",)).job_id
    work(services)
    found: dict[str, Any] = exact_json.loads(results.result(services, job, workspace_id=WORKSPACE))
    return found


def test_a_model_writes_the_summary_and_the_result_says_so(services: Services) -> None:
    result = summarized(services, Step(value=GOOD, when='<part number="1">'))
    assert result["summary"]["text"] == "The lease ends in April 2028."
    assert result["summary"]["evidence"][0]["quote"] == "lease ends on 30 April 2028"
    assert result["produced_by"]["summary-model"] == "llama"
    assert result["warnings"] == []
    assert (result["usage"]["models"][0]["model"], result["usage"]["models"][0]["calls"]) == ("llama", 1)


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([Step(behave="refuse")], "model-refused"),
        ([Step(behave="loop")], "answer-cut"),
        ([Step(behave="reject")], "model-rejected"),
        ([Step(behave="invalid", value=GOOD)] * 2, "answer-invalid"),
        (
            [Step(value={"sentences": [{"text": "It rains.", "page": 1, "quote": "rain falls today"}]})],
            "answer-invalid",
        ),
    ],
)
def test_a_model_that_gives_no_summary_is_stood_in_for(services: Services, steps: list[Step], code: str) -> None:
    result = summarized(services, *steps)
    assert {code, "summary-truncated"} <= {warning["code"] for warning in result["warnings"]}
    assert "1,200.00" in result["summary"]["text"]
    assert (result["status"], result["completeness"]["complete"]) == ("partial", False)
    with services.database.read() as connection:
        [stage] = [one for one in stages.list_stages(connection, result["job_id"]) if one.name == "summarize"]
    assert stage.problem is not None
    assert stage.problem["type"] == f"urn:sheaf:problem:{code}"


def test_a_retry_asks_the_model_again_for_its_summary(services: Services) -> None:
    services = replace(services, chat=model(Step(behave="refuse"), Step(value=GOOD)))
    job = submit(services, tasks=("summarize",)).job_id
    work(services)
    retry(services, job, workspace_id=WORKSPACE, actor="test")
    work(services)
    result = exact_json.loads(results.result(services, job, workspace_id=WORKSPACE))
    assert (result["status"], result["warnings"]) == ("succeeded", [])
    assert result["summary"]["text"] == "The lease ends in April 2028."


def test_a_model_that_is_away_is_tried_again_first(services: Services) -> None:
    away = replace(services, chat=model(Step(behave="crash")))
    job = submit(away, tasks=("summarize",)).job_id
    work(away)
    with services.database.read() as connection:
        [stage] = [one for one in stages.list_stages(connection, job) if one.name == "summarize"]
    assert (stage.status, stage.failures) == ("ready", 1)
    assert stage.problem is not None
    assert stage.problem["type"].endswith("model-unavailable")


def test_a_makeshift_is_not_used_by_another_job(services: Services) -> None:
    services = replace(services, chat=model(Step(behave="refuse"), Step(value=GOOD)))
    first = submit(services, tasks=("summarize",))
    work(services)
    again = accept_again(
        services, first.document_id, JobOptions(tasks=("summarize",)), workspace_id=WORKSPACE, actor="test"
    )
    work(services)
    with services.database.read() as connection:
        assert jobs.get_job(connection, again).status == "succeeded"  # type: ignore[union-attr]
    result = exact_json.loads(results.result(services, again, workspace_id=WORKSPACE))
    assert result["summary"]["text"] == "The lease ends in April 2028."


def test_a_page_whose_picture_the_model_was_not_shown_is_told(services: Services) -> None:
    """The stored file is none that has pages, so the picture of the wordless second one cannot be drawn."""
    text, lefts = ["lease", "ends", "on", "30", "April", "2028"], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    rights = [left + 0.05 for left in lefts]
    words = Words(text=text, x0=lefts, y0=[0.1] * 6, x1=rights, y1=[0.12] * 6, line=[0] * 6)
    block = Block(kind="paragraph", start=0, stop=6, box=(0.1, 0.1, 0.65, 0.12))
    written = Page(number=1, width=595.0, height=842.0, source="text", words=words, blocks=[block])
    blank = Page(number=2, width=595.0, height=842.0, source="none")
    services = replace(services, chat=model(Step(value=GOOD)))
    job = submit(services, tasks=("summarize",)).job_id
    work(services, Document(shape="pages", media_type="application/pdf", pages=[written, blank]))
    result = exact_json.loads(results.result(services, job, workspace_id=WORKSPACE))
    assert result["summary"]["text"] == "The lease ends in April 2028."
    [warning] = [each for each in result["warnings"] if each["code"] == "pictures-missing"]
    assert warning["message"].endswith("page 2.")
    assert result["status"] == "partial", "nothing of that page is in the summary"
