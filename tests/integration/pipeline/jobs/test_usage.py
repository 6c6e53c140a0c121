"""What jobs spend on models is in their results, and adds up in the report."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InvalidRequest, ModelUnavailable
from pipeline.jobs import results
from pipeline.jobs.accept import accept_again
from pipeline.jobs.handlers.work import Made, Work
from pipeline.jobs.options import JobOptions
from pipeline.jobs.usage import report
from pipeline.model_settings import Prices
from pipeline.models.chat import ChatRequest, Message, complete
from pipeline.models.scripted import Script, ScriptedChatModel, Step
from pipeline.models.spending import Priced
from pipeline.services import Services
from pipeline.stores.records.database import Database
from schemas import exact_json
from tests.support.services import EXTRACTION, SUMMARY, WORKSPACE, Scripted, handlers, make_services, submit, work_all

PRICES = Prices(input_per_million=Decimal(1), output_per_million=Decimal(10))


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    made = make_services(database, tmp_path, jobs={"max_attempts": 2})
    model = ScriptedChatModel(Script(model="llama", steps=[Step(text="x" * 40)], at_end="repeat"))
    object.__setattr__(made, "chat", Priced(model, PRICES))
    return made


class Asking:
    """Asks the model so many times, then answers or fails."""

    def __init__(self, calls: int, *ends: Exception | None, made: bytes = EXTRACTION) -> None:
        self.calls = calls
        self.made = made
        self.ends = list(ends) or [None]

    def inputs(self, work: Work) -> list[Any]:
        return [work.revision.sha256]

    def make(self, work: Work) -> Made:
        assert work.chat is not None
        for _ in range(self.calls):
            complete(work.chat, ChatRequest(messages=[Message(role="user", parts=["word " * 100])], max_tokens=50))
        end = self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]
        if end is not None:
            raise end
        return Made(data=self.made)


def usage_of(services: Services, job_id: str) -> dict[str, Any]:
    usage: dict[str, Any] = exact_json.loads(results.result(services, job_id, workspace_id=WORKSPACE))["usage"]
    return usage


def test_a_result_shows_what_its_stages_asked_and_the_report_adds_them_up(services: Services) -> None:
    by = handlers(extract=Asking(2), summarize=Asking(1, made=SUMMARY))
    jobs = [submit(services, f"text {number}".encode(), schema="invoice").job_id for number in range(3)]
    work_all(services, by, limit=200)
    shown = [usage_of(services, job) for job in jobs]
    assert [one["models"][0]["calls"] for one in shown] == [3, 3, 3]
    assert shown[0]["cost"] == shown[0]["models"][0]["cost"] > 0
    whole = report(services, workspace_id=WORKSPACE, since=None, until=None)
    [model] = whole.models
    assert (model.calls, model.input_tokens) == (9, sum(one["input_tokens"] for one in shown))
    assert Decimal(str(whole.cost)) == sum((Decimal(str(one["cost"])) for one in shown), Decimal(0))
    assert (whole.jobs, whole.pages, whole.currency) == (3, 3, "USD")


def test_what_a_failed_attempt_spent_is_counted(services: Services) -> None:
    job = submit(services, schema="invoice", tasks=("extract",)).job_id
    work_all(services, handlers(extract=Asking(1, ModelUnavailable(), ModelUnavailable())))
    whole = report(services, workspace_id=WORKSPACE, since=None, until=None)
    assert [model.calls for model in whole.models] == [1]
    assert job


def test_what_an_earlier_job_made_is_not_counted_again(services: Services) -> None:
    first = submit(services, schema="invoice", tasks=("extract",))
    work_all(services, handlers(extract=Asking(1)))
    options = JobOptions(schema="invoice", tasks=("extract",))
    again = accept_again(services, first.document_id, options, workspace_id=WORKSPACE, actor="test")
    work_all(services, handlers(extract=Asking(1)))
    assert usage_of(services, again)["models"] == []
    assert usage_of(services, first.job_id)["models"][0]["calls"] == 1


def test_another_workspace_sees_none_of_it(services: Services) -> None:
    submit(services, schema="invoice", tasks=("extract",))
    work_all(services, handlers(extract=Asking(1)))
    whole = report(services, workspace_id="ws_other", since=None, until=None)
    assert (whole.jobs, whole.models, whole.days) == (0, [], [])


def test_days_outside_the_span_are_left_out_and_long_spans_refused(services: Services) -> None:
    submit(services)
    work_all(services, handlers(read=Scripted(facts={"pages_total": 4, "pages_failed": [2]})))
    today = report(services, workspace_id=WORKSPACE, since=None, until=None)
    assert (today.pages, len(today.days)) == (3, 1)
    past = today.until - timedelta(days=40)
    assert report(services, workspace_id=WORKSPACE, since=past, until=past).jobs == 0
    for since, until in ((date(2020, 1, 1), date(2026, 1, 1)), (date(2026, 1, 2), date(2026, 1, 1))):
        with pytest.raises(InvalidRequest, match="since"):
            report(services, workspace_id=WORKSPACE, since=since, until=until)
