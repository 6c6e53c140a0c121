"""One trace from the upload to the webhook: every span below the one that brought it about, whoever made it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ModelUnavailable, ParserCrashed
from pipeline.jobs.batches import create_batch, step_batches
from pipeline.jobs.cancel import cancel, retry
from pipeline.jobs.claims import claim
from pipeline.jobs.deliveries import deliver_next
from pipeline.jobs.handlers.work import Work
from pipeline.jobs.leases import Lease
from pipeline.jobs.run import run_stage
from pipeline.jobs.sweep import sweep
from pipeline.jobs.watching import Watcher
from pipeline.models.chat import ChatRequest, Message, complete
from pipeline.models.scripted import Script, ScriptedChatModel, Step
from pipeline.models.traced import TracedChat
from pipeline.services import Services
from pipeline.settings import WatchFolder
from pipeline.stores.records import deliveries, jobs, stages
from pipeline.stores.records.database import Database
from pipeline.tracing.context import TraceContext, parse
from pipeline.tracing.current import spanned
from pipeline.tracing.otel import exporting_tracer
from schemas.batches import BatchRequest
from tests.support.receiver import Receiver, receiver
from tests.support.servers import free_port
from tests.support.services import WORKSPACE, Scripted, handlers, make_services, submit, work_all
from tests.support.traces import Recorder, Seen, above

SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}}
CANARY = "quintessential-marmalade"
STAGES = {f"stage {name}" for name in ("read", "extract", "summarize", "index", "annotate", "finish")}


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def services(database: Database, tmp_path: Path, recorder: Recorder) -> Services:
    made = make_services(database, tmp_path, webhooks={"allow": ["127.0.0.1/32"], "allow_http": True})
    return replace(made, tracer=recorder.tracer)


@pytest.fixture
def lite(sqlite_database: Database, tmp_path: Path, recorder: Recorder) -> Services:
    """The same on SQLite only, for what does not depend on the database."""
    made = make_services(sqlite_database, tmp_path, webhooks={"allow": ["127.0.0.1/32"], "allow_http": True})
    return replace(made, tracer=recorder.tracer)


def upload(services: Services, client: TraceContext | None = None, **options: Any) -> str:
    """A document by an upload as the API times it; its job."""
    with spanned(services.tracer, "upload", "server", parent=client):
        return submit(services, schema=SCHEMA, **options).job_id


def deliver_all(services: Services) -> None:
    while deliver_next(services):
        pass


def make_due(services: Services) -> None:
    """What was put off is due now."""
    with services.database.write() as connection:
        connection.execute(stages.stages.update().values(run_after=0.0))
        connection.execute(deliveries.deliveries.update().values(next_attempt_at=0.0))


def paths(recorder: Recorder) -> list[list[str]]:
    spans = recorder.spans
    assert len({span.trace for span in spans}) == 1
    return [above(spans, span) for span in spans]


def asking(services: Services) -> Callable[[Work], None]:
    """A stage that asks a model."""
    model = TracedChat(ScriptedChatModel(Script(steps=[Step(text=CANARY)], at_end="repeat")), services.tracer)
    said = ChatRequest(messages=[Message(role="user", parts=[CANARY])], max_tokens=9)
    return lambda work: complete(model, said) and None


def test_a_job_is_one_trace_from_the_upload_to_its_webhooks(services: Services, recorder: Recorder) -> None:
    with receiver() as hook:
        job = upload(services, webhook_url=hook.url)
        work_all(services, handlers(extract=Scripted([b'{"data":{}}'], during=asking(services))))
        deliver_all(services)
    found = paths(recorder)
    assert sorted(path[0] for path in found) == sorted({*STAGES, "upload", "chat scripted", "webhook"})
    for path in found:
        if path[0] in STAGES:
            assert path == [path[0], "upload"]
    assert ["chat scripted", "stage extract", "upload"] in found
    assert ["webhook", "stage finish", "upload"] in found
    ids = {"sheaf.job": job, "sheaf.workspace": WORKSPACE}
    for span in recorder.spans:
        if span.name != "webhook" and not span.name.startswith("chat"):
            assert span.facts.items() >= ids.items()
            assert span.facts["sheaf.document"].startswith("doc_")
    read = recorder.one("stage read")
    assert (read.kind, read.facts["sheaf.queue"], read.facts["sheaf.attempt"]) == ("consumer", "read", 1)
    assert read.facts["sheaf.status"] == "succeeded"
    assert recorder.one("stage finish").facts["sheaf.job.status"] == "succeeded"


def test_a_receiver_is_told_the_attempt_and_nothing_else_of_the_trace(lite: Services, recorder: Recorder) -> None:
    with receiver() as hook:
        upload(lite, webhook_url=hook.url)
        work_all(lite, handlers())
        hook.status = 503
        deliver_all(lite)
        make_due(lite)
        hook.status = 200
        deliver_all(lite)
    first, second = recorder.named("webhook")
    told = [parse(headers["traceparent"]) for headers, _ in hook.received]
    assert [(each.trace_id, each.span_id) for each in told if each] == [(s.trace, s.id) for s in (first, second)]
    assert not any({"baggage", "tracestate"} & set(headers) for headers, _ in hook.received)
    assert (first.parent, first.kind) == (second.parent, "client")
    assert (first.failed, first.facts["error.type"], first.facts["sheaf.status"]) == (True, "503", "pending")
    assert (second.facts["http.response.status_code"], second.facts["sheaf.status"]) == (200, "delivered")
    assert (first.facts["sheaf.attempt"], second.facts["sheaf.attempt"]) == (1, 2)


def test_a_client_that_traces_has_the_job_in_its_own_trace(lite: Services, recorder: Recorder) -> None:
    client = TraceContext(trace_id="0af7651916cd43dd8448eb211c80319c", span_id="b7ad6b7169203331", sampled=True)
    upload(lite, client)
    work_all(lite, handlers())
    assert {span.trace for span in recorder.spans} == {client.trace_id}
    assert recorder.one("upload").parent == client.span_id


def test_a_job_whose_upload_is_not_sampled_is_not_recorded_anywhere(lite: Services, recorder: Recorder) -> None:
    client = TraceContext(trace_id="0af7651916cd43dd8448eb211c80319c", span_id="b7ad6b7169203331", sampled=False)
    upload(lite, client)
    work_all(lite, handlers())
    assert recorder.spans == []


def test_attempts_that_fail_stand_beside_each_other_below_the_upload(lite: Services, recorder: Recorder) -> None:
    upload(lite)
    by = handlers(read=Scripted([ParserCrashed(CANARY), ModelUnavailable(CANARY), b"{}"], facts={"pages_failed": []}))
    for _ in range(3):
        work_all(lite, by)
        make_due(lite)
    reads = recorder.named("stage read")
    assert [span.facts["sheaf.attempt"] for span in reads] == [1, 2, 3]
    assert {span.parent for span in reads} == {recorder.one("upload").id}
    assert [span.facts["sheaf.status"] for span in reads] == ["postponed", "postponed", "succeeded"]
    assert [span.facts.get("sheaf.error.category") for span in reads] == ["parser", "model", None]
    assert [span.failed for span in reads] == [True, True, False]


def test_a_retry_goes_on_in_the_jobs_trace_and_is_linked_to_its_request(services: Services, recorder: Recorder) -> None:
    job = upload(services)
    work_all(services, handlers(finish=Scripted([ValueError(CANARY)])))
    for _ in range(3):
        make_due(services)
        work_all(services, handlers(finish=Scripted([ValueError(CANARY)])))
    with spanned(services.tracer, "POST retry", "server", parent=None):
        retry(services, job, workspace_id=WORKSPACE, actor="test")
    work_all(services, handlers())
    request = recorder.one("POST retry")
    again = recorder.one("job retry")
    assert again.links == (request.id,)
    assert request.facts["sheaf.job"] == job
    assert request.trace != again.trace, "it began before anybody knew which job it is about"
    of_job = [span for span in recorder.spans if span is not request and span.name != "POST retry"]
    assert {span.trace for span in of_job} == {recorder.one("upload").trace}
    last = recorder.named("stage finish")[-1]
    assert above(recorder.spans, last) == ["stage finish", "job retry", "upload"]
    assert last.facts["sheaf.job.status"] == "succeeded"


def test_two_processes_share_a_trace_by_the_jobs_row_alone(
    services: Services, recorder: Recorder, database: Database
) -> None:
    """Two tracers that know nothing of each other, as in two processes, on one database."""
    worker_recorder, sender_recorder = Recorder(), Recorder()
    worker = replace(services, tracer=worker_recorder.tracer)
    sender = replace(services, tracer=sender_recorder.tracer)
    with receiver() as hook:
        upload(services, webhook_url=hook.url)
        work_all(worker, handlers())
        deliver_all(sender)
    everywhere = [*recorder.spans, *worker_recorder.spans, *sender_recorder.spans]
    assert len({span.trace for span in everywhere}) == 1
    assert [span.name for span in recorder.spans] == ["upload"]
    assert above(everywhere, sender_recorder.one("webhook")) == ["webhook", "stage finish", "upload"]


def test_an_event_of_a_cancelled_job_is_of_the_jobs_trace_and_not_of_the_request_that_stopped_it(
    lite: Services, recorder: Recorder
) -> None:
    with receiver() as hook:
        job = upload(lite, webhook_url=hook.url)
        with spanned(lite.tracer, "POST cancel", "server", parent=None):
            cancel(lite, job, workspace_id=WORKSPACE, actor="test")
        deliver_all(lite)
    assert above(recorder.spans, recorder.one("webhook")) == ["webhook", "upload"]
    assert recorder.one("POST cancel").facts["sheaf.job.status"] == "cancelled"


def test_the_event_of_a_job_that_the_sweeper_ends_is_of_the_jobs_trace(lite: Services, recorder: Recorder) -> None:
    with receiver() as hook:
        job = upload(lite, webhook_url=hook.url)
        for _ in range(3):
            assert claim(lite, "read", "dies") is not None
            with lite.database.write() as connection:
                stages.expire_all(connection)
            sweep(lite)
        work_all(lite, handlers())
        deliver_all(lite)
    with lite.database.read() as connection:
        ended = jobs.get_job(connection, job)
    assert ended is not None
    assert ended.status == "failed"
    assert above(recorder.spans, recorder.one("webhook"))[-1] == "upload"


def test_a_claim_that_is_lost_or_given_back_says_so(lite: Services, recorder: Recorder) -> None:
    upload(lite)
    claimed = claim(lite, "read", "slow")
    assert claimed is not None
    with lite.database.write() as connection:
        stages.reopen_stages(connection, claimed.stage.job_id, ready={"read"}, waiting=set())
    run_stage(lite, claimed, Lease(claimed.stage), handlers())
    assert recorder.one("stage read").facts["sheaf.status"] == "lost"


def test_a_job_that_was_accepted_untraced_is_worked_on_all_the_same(lite: Services, recorder: Recorder) -> None:
    job = submit(lite, schema=SCHEMA).job_id
    work_all(lite, handlers())
    assert {span.parent for span in recorder.spans} == {None}
    assert {span.facts["sheaf.job"] for span in recorder.spans} == {job}


def test_files_of_batches_and_watched_folders_begin_a_trace_each(lite: Services, recorder: Recorder) -> None:
    folder = lite.settings.data_dir / "inbox"
    folder.mkdir()
    for number in range(2):
        (folder / f"{CANARY}-{number}.txt").write_text(f"{CANARY} {number}")
    lite = replace(lite, settings=lite.settings.model_copy(update={"batches": _batches(folder)}))
    batch = create_batch(lite, BatchRequest(source="inbox"), workspace_id=WORKSPACE, actor="test")
    while step_batches(lite):
        pass
    (folder / "late.txt").write_text(f"{CANARY} late")
    Watcher(lite, WatchFolder(path=folder, stable_seconds=0), WORKSPACE).look()
    work_all(lite, handlers())
    intakes = recorder.named("batch file")
    (watched,) = [span for span in recorder.named("watch file") if "sheaf.job" in span.facts and _made(recorder, span)]
    assert len({span.trace for span in (*intakes, watched)}) == 3
    assert {span.facts["sheaf.batch"] for span in intakes} == {batch}
    assert {(span.kind, span.parent) for span in (*intakes, watched)} == {("producer", None)}
    for span in (*intakes, watched):
        mine = [one for one in recorder.named("stage finish") if one.trace == span.trace]
        assert [one.facts["sheaf.job"] for one in mine] == [span.facts["sheaf.job"]]
    assert not any(CANARY in span.rest for span in recorder.spans)


def _batches(folder: Path) -> Any:
    from pipeline.settings import Batches

    return Batches(roots={"inbox": folder})


def _made(recorder: Recorder, intake: Seen) -> bool:
    return any(span.trace == intake.trace and span.name == "stage read" for span in recorder.spans)


def test_no_span_holds_a_word_of_a_document_its_name_or_its_faults(lite: Services, recorder: Recorder) -> None:
    def failing(work: Work) -> None:
        del work
        raise ValueError(f"cannot read {CANARY}")

    with receiver() as hook:
        url = f"{hook.url}?token={CANARY}"
        submit_named(lite, url)
        by = handlers(
            extract=Scripted([b'{"data":{}}'], during=asking(lite)),
            summarize=Scripted(during=failing),
            index=Scripted([ParserCrashed(CANARY, page=CANARY)]),
        )
        for _ in range(4):
            work_all(lite, by)
            make_due(lite)
        deliver_all(lite)
        assert hook.received
    names = {span.name for span in recorder.spans}
    assert names >= {*STAGES - {"stage annotate"}, "upload", "chat scripted", "webhook"}
    assert not any(CANARY in span.rest for span in recorder.spans)


def submit_named(services: Services, url: str) -> str:
    with spanned(services.tracer, "upload", "server", parent=None):
        return submit(
            services, CANARY.encode(), schema=SCHEMA, webhook_url=url, metadata={CANARY: CANARY}, collection=CANARY
        ).job_id


def test_where_nothing_is_traced_nothing_is_stored_or_sent(sqlite_database: Database, tmp_path: Path) -> None:
    services = make_services(sqlite_database, tmp_path, webhooks={"allow": ["127.0.0.1/32"], "allow_http": True})
    with receiver() as hook:
        job = upload(services, webhook_url=hook.url)
        work_all(services, handlers())
        deliver_all(services)
    with services.database.read() as connection:
        stored = jobs.get_job(connection, job)
    assert stored is not None
    assert stored.traceparent is None
    assert_untraced(hook)


def assert_untraced(hook: Receiver) -> None:
    assert len(hook.received) == 1
    assert "traceparent" not in hook.received[0][0]


def test_a_job_ends_as_ever_though_its_collector_is_away(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    services = replace(make_services(sqlite_database, tmp_path), tracer=exporting_tracer())
    for _ in range(3):
        job = upload(services)
        work_all(services, handlers())
        with services.database.read() as connection:
            ended = jobs.get_job(connection, job)
        assert ended is not None
        assert (ended.status, ended.traceparent is not None) == ("succeeded", True)
    services.tracer.close()
