"""What was left on the way is taken up: interrupted deletions, each by itself, and stages whose worker is gone."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from pipeline.errors import BlobMissing, DatabaseUnavailable, StorageFull
from pipeline.jobs import sweep
from pipeline.jobs.claims import claim
from pipeline.jobs.sweep import reopen_lost, tidy
from pipeline.services import Services
from pipeline.stores.records import deliveries, documents, jobs, receivers, stages, usage_totals
from pipeline.stores.records.database import Database
from pipeline.stores.records.usage import UsageRow, add_usage
from tests.support.rows import blobs_of
from tests.support.services import WORKSPACE, make_services, submit


@pytest.fixture
def services(sqlite_database: Database, tmp_path: Path) -> Services:
    return make_services(sqlite_database, tmp_path)


def interrupted(services: Services, content: bytes) -> str:
    """A document whose process died between the two halves of its deletion."""
    document_id = submit(services, content).document_id
    with services.database.write() as connection:
        documents.mark_deleted(connection, document_id)
    return document_id


def left(services: Services) -> list[str]:
    with services.database.read() as connection:
        return [document.id for document in documents.deleted_documents(connection)]


def test_tidying_removes_what_is_left_of_deleted_documents_and_nothing_else(services: Services) -> None:
    kept = submit(services, b"kept").document_id
    gone = interrupted(services, b"gone")
    with services.database.read() as connection:
        (kept_key,), (gone_key,) = blobs_of(connection, kept), blobs_of(connection, gone)
    assert services.blobs.get(gone_key) == b"gone"
    tidy(services)
    assert left(services) == []
    assert services.blobs.get(kept_key) == b"kept"
    with pytest.raises(Exception, match="missing"):
        services.blobs.get(gone_key)


def test_what_a_killed_worker_wrote_behind_a_deletion_is_removed_a_little_later(services: Services) -> None:
    gone = interrupted(services, b"gone")
    with services.database.read() as connection:
        (key,) = blobs_of(connection, gone)
    tidy(services)
    services.blobs.put(key, [b"late"])
    assert left(services) == []
    columns, row = documents.documents.c, documents.documents.c.id == gone
    with services.database.write() as connection:
        earlier = {name: columns[name] - 2 * documents.LATE_SECONDS for name in ("deleted_at", "purged_at")}
        connection.execute(documents.documents.update().where(row).values(earlier))
    tidy(services)
    with services.database.read() as connection:
        assert documents.purged_early(connection) == []
    with pytest.raises(BlobMissing):
        services.blobs.get(key)


def test_tidying_folds_what_was_spent_or_leaves_it_for_the_next_time(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def folded() -> int:
        with services.database.read() as connection:
            return int(connection.execute(select(func.max(usage_totals.usage_totals.c.folded))).scalar() or 0)

    def locked(_: object) -> bool:
        raise DatabaseUnavailable

    rows = [UsageRow(work="extract", model="llama", calls=1)] * usage_totals.AT_LEAST
    with services.database.write() as connection:
        add_usage(connection, WORKSPACE, rows)
    with monkeypatch.context() as patched:
        patched.setattr(sweep, "fold", locked)
        tidy(services)
    assert folded() == 0
    tidy(services)
    assert folded() == usage_totals.AT_LEAST


def test_tidying_forgets_receivers_that_nothing_goes_to(services: Services) -> None:
    submit(services)
    with services.database.write() as connection:
        receivers.add_receiver(connection, "url_1", WORKSPACE)
    tidy(services)
    with services.database.read() as connection:
        assert receivers.get_receiver(connection, "url_1") is None


@pytest.mark.parametrize(("days", "expected"), [(90.0, 0), (0.0, 1_201)], ids=["ninety days", "for ever"])
def test_tidying_forgets_old_deliveries_all_of_them_or_none_by_the_setting(
    services: Services, days: float, expected: int
) -> None:
    submit(services)
    rows = deliveries.deliveries
    old = {
        "workspace_id": WORKSPACE,
        "url": "https://a",
        "event": "job.failed",
        "event_id": "evt",
        "body": b"{}",
        "status": "delivered",
        "attempts": 1,
        "next_attempt_at": 0.0,
        "created_at": 0.0,
        "delivered_at": 0.0,
    }
    with services.database.write() as connection:
        connection.execute(rows.insert(), [{"id": f"dlv_{number}", **old} for number in range(1_201)])
    changed = services.settings.webhooks.model_copy(update={"history_days": days})
    services = replace(services, settings=services.settings.model_copy(update={"webhooks": changed}))
    assert not tidy(services)
    with services.database.read() as connection:
        assert len(deliveries.list_deliveries(connection, WORKSPACE, limit=2_000)) == expected


@pytest.mark.parametrize("error", [StorageFull(), OSError("input/output error"), ValueError("nobody thought of this")])
def test_a_document_that_cannot_be_removed_holds_up_no_other(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    interrupted(services, b"one")
    interrupted(services, b"two")
    stuck = left(services)[0]  # the one that is taken first
    purge = sweep.purge

    def faltering(services: Services, document_id: str, *, workspace_id: str) -> Any:
        if document_id == stuck:
            raise error
        return purge(services, document_id, workspace_id=workspace_id)

    monkeypatch.setattr(sweep, "purge", faltering)
    tidy(services)
    assert left(services) == [stuck]
    assert stuck in caplog.text
    monkeypatch.undo()
    tidy(services)
    assert left(services) == []


def test_deletions_that_take_long_are_gone_on_with_at_later_looks(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    for content in (b"one", b"two"):
        interrupted(services, content)
    monkeypatch.setattr(sweep, "TIDY_FOR_SECONDS", 0.0)
    tidy(services)
    assert len(left(services)) == 1
    tidy(services)
    assert left(services) == []


def test_the_sweeper_holds_no_stage_while_it_waits_for_its_job(postgres_database: Database, tmp_path: Path) -> None:
    """The other order would be a deadlock with every worker that settles late, and with every cancelling."""
    services = make_services(postgres_database, tmp_path)
    submit(services)
    late = claim(services, "read", "slow")
    assert late is not None
    with postgres_database.write() as connection:
        stages.expire_all(connection)
    reopened: list[int] = []
    sweeper = threading.Thread(target=lambda: reopened.append(reopen_lost(services)))
    with postgres_database.write() as connection:
        jobs.lock_job(connection, late.stage.job_id)
        sweeper.start()
        sweeper.join(0.5)
        assert sweeper.is_alive(), "it waits for the job"
        connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
        assert stages.settle_stage(connection, late.stage, status="succeeded", artifact_key="k")
    sweeper.join(60)
    assert reopened == [0], "the lease had run out, but its worker was faster than the sweeper"
