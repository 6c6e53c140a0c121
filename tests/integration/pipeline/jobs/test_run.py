"""Jobs from accepted to ended, on SQLite and PostgreSQL, with scripted stages."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from pipeline.access.audit_chain import verify
from pipeline.errors import (
    DatabaseUnavailable,
    IdempotencyMismatch,
    JobCancelled,
    LeaseLost,
    NotCancellable,
    NotFound,
    NotRetryable,
    PasswordRequired,
    StorageFull,
    WorkReleased,
    WorkStopped,
)
from pipeline.jobs import run
from pipeline.jobs.cancel import cancel, retry
from pipeline.jobs.claims import claim
from pipeline.jobs.deletion import delete_document
from pipeline.jobs.deliveries import deliver_next
from pipeline.jobs.delivery_history import replay
from pipeline.jobs.handlers.work import Work
from pipeline.jobs.leases import Lease, LeaseKeeper
from pipeline.jobs.results import result
from pipeline.jobs.run import run_stage
from pipeline.jobs.sweep import sweep
from pipeline.services import Services
from pipeline.stores.records import artifacts, audit, deliveries, jobs, outbox, stages
from pipeline.stores.records.database import Database
from pipeline.stores.records.jobs import JobRecord
from tests.support.receiver import receiver
from tests.support.services import WORKSPACE, Scripted, handlers, make_services, submit, work_all

SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}}


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    return make_services(database, tmp_path)


def job_of(services: Services, job_id: str) -> JobRecord:
    with services.database.read() as connection:
        job = jobs.get_job(connection, job_id)
    assert job is not None
    return job


def result_of(services: Services, job_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result(services, job_id, workspace_id=WORKSPACE))
    return found


def test_a_job_runs_all_its_stages_and_succeeds(services: Services) -> None:
    accepted = submit(services, schema=SCHEMA)
    assert work_all(services, handlers()) == 6
    assert job_of(services, accepted.job_id).status == "succeeded"
    found = result_of(services, accepted.job_id)
    assert found["completeness"]["complete"]
    assert found["summary"]["text"] == "Short."


def test_money_keeps_its_decimals_into_the_result(services: Services) -> None:
    accepted = submit(services, schema=SCHEMA)
    work_all(services, handlers())
    assert b'"total":10.50' in result(services, accepted.job_id, workspace_id=WORKSPACE)


def test_nothing_waits_in_the_outbox_when_all_is_done(services: Services) -> None:
    submit(services)
    with services.database.read() as connection:
        assert outbox.due_queues(connection) == ["read"]
    work_all(services, handlers())
    with services.database.read() as connection:
        assert outbox.due_queues(connection) == []


def test_the_same_key_and_request_is_the_same_job(services: Services) -> None:
    first = submit(services, idempotency_key="k")
    again = submit(services, idempotency_key="k")
    assert (again.job_id, again.created) == (first.job_id, False)
    with pytest.raises(IdempotencyMismatch):
        submit(services, b"other words", idempotency_key="k")
    with pytest.raises(IdempotencyMismatch):
        submit(services, collection="x", idempotency_key="k")


def test_a_wrong_document_fails_at_once_with_its_reason(services: Services) -> None:
    reading = Scripted([PasswordRequired()])
    accepted = submit(services, schema=SCHEMA)
    work_all(services, handlers(read=reading))
    job = job_of(services, accepted.job_id)
    assert (job.status, reading.calls) == ("failed", 1)
    assert job.problem is not None
    assert job.problem["type"] == "urn:sheaf:problem:password-required"
    assert result_of(services, accepted.job_id)["status"] == "failed"


def make_due(services: Services) -> None:
    with services.database.write() as connection:
        connection.execute(stages.stages.update().values(run_after=0.0))


def test_a_poison_document_is_tried_three_times_and_then_fails(services: Services) -> None:
    reading = Scripted([RuntimeError("boom")])
    accepted = submit(services)
    for _ in range(5):
        work_all(services, handlers(read=reading))
        make_due(services)
    job = job_of(services, accepted.job_id)
    assert (job.status, reading.calls) == ("failed", 3)
    assert job.problem is not None
    assert job.problem["type"] == "urn:sheaf:problem:internal-error"
    assert "boom" not in json.dumps(job.problem)


def test_a_passing_failure_costs_a_retry_and_nothing_else(services: Services) -> None:
    reading = Scripted([StorageFull(), b"{}"], facts={"pages_total": 1, "pages_failed": []})
    accepted = submit(services)
    work_all(services, handlers(read=reading))
    assert job_of(services, accepted.job_id).status == "running"
    make_due(services)
    work_all(services, handlers(read=reading))
    assert job_of(services, accepted.job_id).status == "succeeded"


def test_one_failed_task_of_several_is_partial_and_says_which(services: Services) -> None:
    accepted = submit(services, schema=SCHEMA)
    work_all(services, handlers(summarize=Scripted([PasswordRequired()])))
    found = result_of(services, accepted.job_id)
    assert found["status"] == "partial"
    assert any("summarize" in warning["message"] for warning in found["warnings"])


def test_a_retry_runs_only_what_did_not_succeed(services: Services) -> None:
    by = handlers(summarize=Scripted([PasswordRequired()]))
    accepted = submit(services, schema=SCHEMA)
    work_all(services, by)
    again = handlers()
    retry(services, accepted.job_id, workspace_id=WORKSPACE, actor="test")
    assert work_all(services, again) == 2
    assert job_of(services, accepted.job_id).status == "succeeded"
    assert again["read"].calls == 0  # type: ignore[attr-defined]  # the scripted handlers count
    with pytest.raises(NotRetryable):
        retry(services, accepted.job_id, workspace_id=WORKSPACE, actor="test")
    with pytest.raises(NotFound):
        retry(services, accepted.job_id, workspace_id="ws_other", actor="test")


def test_equal_inputs_are_worked_on_once(services: Services) -> None:
    """A lost stage that had made its artifact is not made again."""
    by = handlers()
    submit(services)
    first = claim(services, "read", "t")
    assert first is not None
    run_stage(services, first, Lease(first.stage), by)
    with services.database.write() as connection:
        stages.reopen_stages(connection, first.stage.job_id, ready={"read"}, waiting=())
    work_all(services, by)
    assert by["read"].calls == 1  # type: ignore[attr-defined]  # the scripted handlers count


def test_a_lost_worker_is_replaced_and_its_late_result_refused(services: Services) -> None:
    accepted = submit(services)
    late = claim(services, "read", "lost")
    assert late is not None
    with services.database.write() as connection:
        stages.expire_all(connection)
    sweep(services)
    work_all(services, handlers())
    assert job_of(services, accepted.job_id).status == "succeeded"
    before = result_of(services, accepted.job_id)
    run_stage(services, late, Lease(late.stage), handlers(read=Scripted([b"late"])))
    assert result_of(services, accepted.job_id) == before
    with services.database.read() as connection:
        names = [stage.status for stage in stages.list_stages(connection, accepted.job_id)]
    assert set(names) == {"succeeded"}


class Away(Database):
    """Refuses to write, as often as it is told to."""

    refusals = 0

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        if self.refusals > 0:
            self.refusals -= 1
            raise DatabaseUnavailable("away")
        with super().write(durable=durable) as connection:
            yield connection


@pytest.fixture
def away(database: Database, tmp_path: Path) -> Iterator[Away]:
    away = Away(database.url.render_as_string(hide_password=False))
    yield away
    away.close()


@pytest.mark.parametrize("error", [None, RuntimeError("boom"), JobCancelled()])
def test_a_database_that_is_away_when_a_stage_ends_is_waited_for(
    away: Away,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception | None,
) -> None:
    monkeypatch.setattr(run, "ASK_SECONDS", 0.01)
    services = make_services(away, tmp_path)
    accepted = submit(services)
    claimed = claim(services, "read", "t")
    assert claimed is not None

    def leave(work: Work) -> None:
        away.refusals = 3

    reading = Scripted([error or b"{}"], during=leave, facts={"pages_total": 1, "pages_failed": []})
    run_stage(services, claimed, Lease(claimed.stage), handlers(read=reading))
    assert away.refusals == 0
    assert caplog.text.count("not settled yet: away") == 1
    with services.database.read() as connection:
        (stage,) = [one for one in stages.list_stages(connection, accepted.job_id) if one.name == "read"]
    ends = {None: ("ready", 0), RuntimeError: ("ready", 1), JobCancelled: ("cancelled", 0)}
    assert (stage.status, stage.failures) == ends[type(error) if error else None], "nobody was lost, nobody waits"
    if error is None:
        make_due(services)
        work_all(services, handlers())
        assert job_of(services, accepted.job_id).status == "succeeded"


@pytest.mark.parametrize("reason", [LeaseLost, WorkReleased])
def test_a_database_that_is_away_is_waited_for_until_the_lease_is_gone(
    away: Away, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: type[WorkStopped]
) -> None:
    monkeypatch.setattr(run, "ASK_SECONDS", 0.01)
    services = make_services(away, tmp_path)
    submit(services)
    claimed = claim(services, "read", "t")
    assert claimed is not None
    lease = Lease(claimed.stage)

    def leave(work: Work) -> None:
        away.refusals = 1_000
        threading.Timer(0.1, lease.stop, [reason]).start()

    with pytest.raises(DatabaseUnavailable):
        run_stage(services, claimed, lease, handlers(read=Scripted([RuntimeError("boom")], during=leave)))


def test_a_document_that_kills_its_workers_ends_as_failed(services: Services) -> None:
    accepted = submit(services)
    for _ in range(3):
        assert claim(services, "read", "doomed") is not None
        with services.database.write() as connection:
            stages.expire_all(connection)
        sweep(services)
    work_all(services, handlers())
    job = job_of(services, accepted.job_id)
    assert job.status == "failed"
    assert job.problem is not None
    assert (job.problem["type"], job.problem["attempts"]) == ("urn:sheaf:problem:worker-lost", 3)


def test_the_sweeper_rings_for_what_nobody_heard(services: Services) -> None:
    submit(services)
    services.doorbell.rings.clear()  # type: ignore[attr-defined]  # the noting doorbell
    sweep(services)
    assert services.doorbell.rings == ["read"]  # type: ignore[attr-defined]  # the noting doorbell


def test_cancelling_a_waiting_job_ends_it_at_once(services: Services) -> None:
    accepted = submit(services)
    cancel(services, accepted.job_id, workspace_id=WORKSPACE, actor="test")
    assert job_of(services, accepted.job_id).status == "cancelled"
    assert work_all(services, handlers()) == 0
    with pytest.raises(NotCancellable):
        cancel(services, accepted.job_id, workspace_id=WORKSPACE, actor="test")


def test_cancelling_reaches_the_running_stage_by_its_lease(services: Services) -> None:
    accepted = submit(services)
    claimed = claim(services, "read", "t")
    assert claimed is not None
    keeper = LeaseKeeper(services.database, lease_seconds=30)
    with keeper.keep(claimed.stage) as lease:

        def ask(work: Work) -> None:
            cancel(services, accepted.job_id, workspace_id=WORKSPACE, actor="test")
            assert not work.cancelled()
            keeper.renew_all()
            assert work.cancelled()

        run_stage(services, claimed, lease, handlers(read=Scripted(during=ask)))
    assert job_of(services, accepted.job_id).status == "cancelled"


def test_deleting_leaves_nothing_and_stops_what_runs(services: Services) -> None:
    accepted = submit(services, b"canary words", metadata={"who": "canary"})
    claimed = claim(services, "read", "t")
    assert claimed is not None

    def delete(work: Work) -> None:
        delete_document(services, accepted.document_id, workspace_id=WORKSPACE, actor="test")

    run_stage(services, claimed, Lease(claimed.stage), handlers(read=Scripted([b"canary artifact"], during=delete)))
    assert job_of(services, accepted.job_id).status == "cancelled"
    assert job_of(services, accepted.job_id).metadata == {}
    assert work_all(services, handlers()) == 0
    left = [path for path in services.settings.data_dir.joinpath("blobs").rglob("*") if path.is_file()]
    assert [path for path in left if b"canary" in path.read_bytes()] == []
    with services.database.read() as connection:
        query = artifacts.artifacts.select().where(artifacts.artifacts.c.document_id == accepted.document_id)
        assert connection.execute(query).first() is None
    with pytest.raises(NotFound):
        delete_document(services, accepted.document_id, workspace_id=WORKSPACE, actor="test")


@pytest.mark.parametrize(
    "error", [JobCancelled(), WorkReleased(), LeaseLost(), StorageFull(), ValueError("unforeseen")]
)
def test_what_was_written_behind_a_deletion_is_removed_however_the_work_ended(
    services: Services, error: Exception
) -> None:
    accepted = submit(services)
    claimed = claim(services, "read", "t")
    assert claimed is not None

    def write_late(work: Work) -> None:
        delete_document(services, accepted.document_id, workspace_id=WORKSPACE, actor="test")
        services.blobs.put(f"{WORKSPACE}/{accepted.document_id}/late", [b"canary"])

    run_stage(services, claimed, Lease(claimed.stage), handlers(read=Scripted([error], during=write_late)))
    assert [path for path in services.settings.data_dir.joinpath("blobs").rglob("*") if path.is_file()] == []


def test_everything_done_is_in_an_unbroken_audit_chain(services: Services) -> None:
    accepted = submit(services)
    cancel(services, accepted.job_id, workspace_id=WORKSPACE, actor="key_1")
    with services.database.read() as connection:
        events = audit.list_events(connection, WORKSPACE)
    assert [(event.action, event.actor) for event in events] == [
        ("document.accepted", "test"),
        ("job.cancelled", "key_1"),
    ]
    assert verify(event.link() for event in events).holds
    with services.database.write() as connection:
        connection.execute(audit.audit_events.update().where(audit.audit_events.c.number == 1).values(actor="other"))
    with services.database.read() as connection:
        changed = verify(event.link() for event in audit.list_events(connection, WORKSPACE))
    assert (changed.broken, changed.events) == (True, 0)


def test_the_event_is_noted_with_the_result_and_delivered(database: Database, tmp_path: Path) -> None:
    with receiver() as inbox:
        services = make_services(database, tmp_path, webhooks={"allow": [f"127.0.0.1/32:{inbox.port}"]})
        accepted = submit(services, webhook_url=inbox.url, metadata={"order": 7})
        work_all(services, handlers())
        assert deliver_next(services)
        assert not deliver_next(services)
        ((headers, body),) = inbox.received
        event = json.loads(body)
        assert event["type"] == "job.succeeded"
        assert event["data"]["job_id"] == accepted.job_id
        assert event["data"]["metadata"] == {"order": 7}
        with services.database.read() as connection:
            (delivery,) = deliveries.list_deliveries(connection, WORKSPACE)
        assert (delivery.status, delivery.attempts, delivery.last_status) == ("delivered", 1, 200)
        replay(services, delivery.id, workspace_id=WORKSPACE, actor="test")
        assert deliver_next(services)
        assert inbox.received[1][0]["webhook-id"] == headers["webhook-id"]
        with pytest.raises(NotFound):
            replay(services, delivery.id, workspace_id="ws_other", actor="test")


def test_a_delivery_that_fails_waits_for_its_next_attempt(database: Database, tmp_path: Path) -> None:
    with receiver() as inbox:
        inbox.status = 500
        services = make_services(database, tmp_path, webhooks={"allow": [f"127.0.0.1/32:{inbox.port}"]})
        submit(services, webhook_url=inbox.url)
        work_all(services, handlers())
        assert deliver_next(services)
        assert not deliver_next(services)
    with services.database.read() as connection:
        (delivery,) = deliveries.list_deliveries(connection, WORKSPACE)
    assert (delivery.status, delivery.last_status) == ("pending", 500)
    assert delivery.next_attempt_at > delivery.created_at
