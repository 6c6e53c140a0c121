"""Claims, leases and fencing tokens, on SQLite and PostgreSQL."""

import threading

import pytest

from pipeline.stores.records import claims, jobs, stages
from pipeline.stores.records.database import Database
from pipeline.stores.records.stages import StageRecord
from tests.support.rows import add_document, add_job, add_workspace, count_claimable


@pytest.fixture
def prepared(database: Database) -> Database:
    with database.write() as connection:
        add_workspace(connection)
        add_document(connection)
    return database


def claim(database: Database, queue: str = "read", lease_seconds: float = 60.0) -> StageRecord | None:
    with database.write() as connection:
        return claims.claim_stage(connection, queue, worker="w", lease_seconds=lease_seconds)


def test_a_ready_stage_is_claimed_once(prepared: Database) -> None:
    with prepared.write() as connection:
        add_job(connection)
    first, second = claim(prepared), claim(prepared)
    assert first is not None
    assert (first.status, first.attempt, first.worker) == ("running", 1, "w")
    assert second is None


def test_waiting_stages_and_other_queues_are_not_claimed(prepared: Database) -> None:
    with prepared.write() as connection:
        add_job(connection)
    assert claim(prepared, "infer") is None
    assert claim(prepared, "index") is None


def test_the_lower_priority_number_is_claimed_first_then_the_older(prepared: Database) -> None:
    with prepared.write() as connection:
        add_job(connection, "job_old", priority=100)
        add_job(connection, "job_urgent", priority=1)
    claimed = [stage.job_id for _ in range(2) if (stage := claim(prepared)) is not None]
    assert claimed == ["job_urgent", "job_old"]


def test_parallel_claims_never_share_a_stage(prepared: Database) -> None:
    with prepared.write() as connection:
        for number in range(40):
            add_job(connection, f"job_{number}")
    seen: list[str] = []
    lock = threading.Lock()

    def work() -> None:
        while (stage := claim(prepared)) is not None:
            with lock:
                seen.append(stage.id)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == len(set(seen)) == 40


def test_an_expired_stage_is_found_and_a_late_writer_is_refused(prepared: Database) -> None:
    with prepared.write() as connection:
        add_job(connection)
    late = claim(prepared, lease_seconds=-1.0)
    assert late is not None
    with prepared.write() as connection:
        (expired,) = stages.expired_stages(connection)
        assert expired.id == late.id
        assert stages.postpone_stage(connection, expired, seconds=0.0, problem=None, failed=True)
    again = claim(prepared)
    assert again is not None
    assert (again.attempt, again.failures) == (2, 1)
    with prepared.write() as connection:
        assert not stages.settle_stage(connection, late, status="succeeded")
        assert stages.renew_lease(connection, late, lease_seconds=60, progress=0.5) is None
        assert stages.settle_stage(connection, again, status="succeeded")
        assert not stages.settle_stage(connection, again, status="succeeded")


def test_a_live_lease_does_not_expire_and_is_renewed(prepared: Database) -> None:
    with prepared.write() as connection:
        add_job(connection)
    stage = claim(prepared, lease_seconds=0.0)
    assert stage is not None
    with prepared.write() as connection:
        assert stages.renew_lease(connection, stage, lease_seconds=60, progress=0.25) is True
        assert stages.expired_stages(connection) == []
    with prepared.read() as connection:
        renewed = next(s for s in stages.list_stages(connection, "job_1") if s.name == "read")
    assert renewed.progress == 0.25


def test_renewing_tells_of_a_cancelled_job(prepared: Database) -> None:
    with prepared.write() as connection:
        add_job(connection)
    stage = claim(prepared)
    assert stage is not None
    with prepared.write() as connection:
        jobs.request_cancel(connection, "job_1")
        assert stages.renew_lease(connection, stage, lease_seconds=60, progress=None) is False


def test_a_postponed_stage_is_not_due_yet(prepared: Database) -> None:
    with prepared.write() as connection:
        add_job(connection)
    stage = claim(prepared)
    assert stage is not None
    with prepared.write() as connection:
        stages.postpone_stage(connection, stage, seconds=3600, problem={"type": "x"}, failed=True)
    assert claim(prepared) is None
    with prepared.read() as connection:
        assert count_claimable(connection, "read") == 0


def test_reopening_takes_a_running_stage_from_its_worker(prepared: Database) -> None:
    with prepared.write() as connection:
        add_job(connection)
    stage = claim(prepared)
    assert stage is not None
    with prepared.write() as connection:
        stages.reopen_stages(connection, "job_1", ready={"read"}, waiting={"finish"})
        assert not stages.settle_stage(connection, stage, status="succeeded")
    again = claim(prepared)
    assert again is not None
    assert again.attempt == stage.attempt + 2
