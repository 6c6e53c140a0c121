"""Model servers that fail, seen from the jobs: each ends as it should, and the next document is not affected."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.jobs import results
from pipeline.jobs.handlers.summarize import Summarize
from pipeline.model_settings import ModelServer
from pipeline.model_settings import OpenAIChatModel as Settings
from pipeline.models.openai_api.model import OpenAIChatModel
from pipeline.models.scripted import Step
from pipeline.reading.child.sandbox import Sandbox
from pipeline.services import Services
from pipeline.stores.records import stages
from pipeline.stores.records.database import Database
from pipeline.stores.records.stages import StageRecord
from schemas import exact_json
from schemas.documents import Document, TextBlock
from tests.support.model_servers import MODEL, FakeServer, Wire, model_server
from tests.support.servers import free_port
from tests.support.services import WORKSPACE, Scripted, handlers, make_services, submit, work_all

TEXT = "The rent is 1,200.00 EUR a month. It is due on the first working day. The lease ends on 30 April 2028."
DOCUMENT = Document(
    shape="text",
    media_type="text/plain",
    text=TEXT,
    blocks=[TextBlock(kind="paragraph", start=0, stop=len(TEXT))],
)
GOOD = Step(
    value={"sentences": [{"text": "The lease ends in 2028.", "page": 1, "quote": "lease ends on 30 April 2028"}]}
)


@pytest.fixture(scope="module")
def sandbox(warm_sandbox: Sandbox) -> Sandbox:
    return warm_sandbox


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def services(sqlite_database: Database, tmp_path: Path, sandbox: Sandbox, stack: ExitStack) -> Callable[..., Services]:
    def made(url: str, **options: Any) -> Services:
        services = replace(make_services(sqlite_database, tmp_path, jobs={"max_attempts": 2}), sandbox=sandbox)
        stack.callback(services.vectors.close)
        servers = [ModelServer(url=url)]
        chat = OpenAIChatModel(Settings(**{"model": MODEL, "servers": servers, "context_tokens": 131_072, **options}))
        stack.callback(chat.close)
        return replace(services, chat=chat)

    return made


@pytest.fixture
def serve(stack: ExitStack) -> Callable[..., FakeServer]:
    return lambda *script: stack.enter_context(model_server(*script))


def summarize(services: Services) -> tuple[str, StageRecord]:
    """One more document through the stage, once."""
    job = submit(services, tasks=("summarize",)).job_id
    work_all(services, handlers(read=Scripted([DOCUMENT.model_dump_json().encode()]), summarize=Summarize()))
    with services.database.read() as connection:
        [stage] = [one for one in stages.list_stages(connection, job) if one.name == "summarize"]
    return job, stage


def problem(stage: StageRecord) -> str:
    assert stage.problem is not None
    return str(stage.problem["type"]).rpartition(":")[2]


def result(services: Services, job: str) -> dict[str, Any]:
    found: dict[str, Any] = exact_json.loads(results.result(services, job, workspace_id=WORKSPACE))
    return found


@pytest.mark.parametrize(
    ("wire", "name", "failures"),
    [
        (Wire("status", 500, b'{"error": {"message": "EngineCore"}}'), "model-unavailable", 1),
        (Wire("status", 503), "model-unavailable", 0),
        (Wire("status", 502, b"<html>"), "model-unavailable", 0),
        (Wire("status", 200, b"<html>"), "model-unavailable", 1),
        (Wire("reset"), "model-unavailable", 1),
        (Wire("half"), "model-unavailable", 1),
        (Wire("garbage"), "model-unavailable", 1),
        (Wire("never"), "model-timeout", 1),
    ],
    ids=["500", "503", "502 html", "200 html", "reset", "half", "garbage", "never"],
)
def test_what_may_pass_is_tried_again_and_shown_in_the_stage(
    services: Any, serve: Any, wire: Wire, name: str, failures: int
) -> None:
    made = services(serve(wire, GOOD).url, timeout_seconds=2 if wire.kind == "never" else 60)
    _, stage = summarize(made)
    assert (stage.status, stage.failures, problem(stage)) == ("ready", failures, name)
    _, following = summarize(made)
    assert following.status == "succeeded"


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (Wire("status", 400, b'{"error": {"message": "Grammar error"}}'), "model-rejected"),
        (Wire("status", 400, b'{"error": {"message": "maximum context length is 9 tokens"}}'), "context-exceeded"),
        (Wire("status", 401, b'{"error": {"message": "who?"}}'), "model-rejected"),
        (Wire("status", 422, b'{"detail": "image refused"}'), "model-rejected"),
    ],
    ids=["400", "context", "401", "422"],
)
def test_what_would_end_the_same_way_is_stood_in_for_at_once(services: Any, serve: Any, wire: Wire, code: str) -> None:
    made = services(serve(wire, GOOD).url)
    job, stage = summarize(made)
    assert stage.status == "succeeded"
    found = result(made, job)
    assert code in [warning["code"] for warning in found["warnings"]]
    assert found["summary"]["text"]
    following, _ = summarize(made)
    assert result(made, following)["summary"]["text"] == "The lease ends in 2028."


def test_a_wrong_model_name_is_told(services: Any, serve: Any) -> None:
    made = services(serve().url, model="llama-5")
    job, _ = summarize(made)
    assert [warning["code"] for warning in result(made, job)["warnings"]] == ["summary-truncated", "model-rejected"]


def test_waiting_for_a_server_that_is_away_uses_up_no_attempt(services: Any, stack: ExitStack) -> None:
    port = free_port()
    made = services(f"http://127.0.0.1:{port}/v1")
    _, stage = summarize(made)
    assert (stage.status, stage.failures, problem(stage)) == ("ready", 0, "model-unavailable")
    stack.enter_context(model_server(GOOD, port=port))
    _, following = summarize(made)
    assert following.status == "succeeded"
