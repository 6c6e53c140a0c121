"""Workspaces take turns at a queue, on SQLite and PostgreSQL."""

import threading
from collections import Counter

import pytest
from sqlalchemy import update

from pipeline.stores.records import claims, jobs, stages
from pipeline.stores.records.claims import claim_stage
from pipeline.stores.records.database import Database
from pipeline.stores.records.stages import StageRecord
from tests.support.rows import add_document, add_job, add_workspace


@pytest.fixture
def crowded(database: Database) -> Database:
    """Sixty stages of one workspace, and after them one of each of two others."""
    with database.write() as connection:
        for workspace, count in (("ws_many", 60), ("ws_a", 1), ("ws_z", 1)):
            add_workspace(connection, workspace)
            add_document(connection, f"doc_{workspace}", workspace)
            for number in range(count):
                add_job(connection, f"job_{workspace}_{number}", f"doc_{workspace}", workspace)
    return database


def claim(database: Database) -> StageRecord | None:
    with database.write() as connection:
        return claim_stage(connection, "read", worker="w", lease_seconds=60)


def claim_and_settle(database: Database) -> str:
    stage = claim(database)
    assert stage is not None
    with database.write() as connection:
        assert stages.settle_stage(connection, stage, status="succeeded")
    return stage.workspace_id


def test_ten_thousand_stages_of_one_workspace_do_not_hold_up_the_only_one_of_another(crowded: Database) -> None:
    claimed = [stage.workspace_id for _ in range(4) if (stage := claim(crowded)) is not None]
    assert claimed == ["ws_many", "ws_a", "ws_z", "ws_many"]


def test_workspaces_take_turns_where_one_thread_does_one_stage_after_the_other(crowded: Database) -> None:
    assert [claim_and_settle(crowded) for _ in range(4)] == ["ws_many", "ws_a", "ws_z", "ws_many"]


def test_a_workspace_whose_stages_are_slow_gets_no_second_thread_while_another_waits(database: Database) -> None:
    with database.write() as connection:
        for workspace in ("ws_slow", "ws_fast"):
            add_workspace(connection, workspace)
            add_document(connection, f"doc_{workspace}", workspace)
            for number in range(5):
                add_job(connection, f"job_{workspace}_{number}", f"doc_{workspace}", workspace)
        fast = stages.stages.c.workspace_id == "ws_fast"
        connection.execute(update(stages.stages).where(fast).values(created_at=stages.stages.c.created_at + 1.0))
    slow = claim(database)
    assert slow is not None
    assert slow.workspace_id == "ws_slow"
    assert [claim_and_settle(database) for _ in range(5)] == ["ws_fast"] * 5


def test_priority_comes_before_the_workspaces_turn(crowded: Database) -> None:
    with crowded.write() as connection:
        urgent = stages.stages.c.job_id == "job_ws_many_59"
        connection.execute(update(stages.stages).where(urgent).values(priority=1))
    assert claim(crowded) is not None
    with crowded.write() as connection:
        urgent = stages.stages.c.job_id == "job_ws_many_58"
        connection.execute(update(stages.stages).where(urgent).values(priority=1))
    stage = claim(crowded)
    assert stage is not None
    assert stage.job_id == "job_ws_many_58"


def test_a_workspace_whose_stages_are_not_due_is_passed_over(crowded: Database) -> None:
    with crowded.write() as connection:
        later = stages.stages.c.workspace_id.in_(("ws_many", "ws_a"))
        connection.execute(update(stages.stages).where(later).values(run_after=9e9))
    stage = claim(crowded)
    assert stage is not None
    assert stage.workspace_id == "ws_z"
    assert claim(crowded) is None


def test_many_workers_get_everything_once_and_none_leaves_early(crowded: Database) -> None:
    seen: Counter[str] = Counter()
    lock = threading.Lock()

    def work() -> None:
        while (stage := claim(crowded)) is not None:
            with lock:
                seen[stage.id] += 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == sum(seen.values()) == 62


def test_a_claim_waits_for_nothing_that_others_hold(postgres_database: Database) -> None:
    with postgres_database.write() as connection:
        add_workspace(connection)
        add_document(connection)
        add_job(connection, "job_1")
        add_job(connection, "job_2")
    with postgres_database.write() as holding:
        held = jobs.lock_job(holding, "job_1")
        first = claim_stage(holding, "read", worker="w", lease_seconds=60)
        assert held is not None
        assert first is not None
        with postgres_database.write() as connection:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
            stage = claims.claim_stage(connection, "read", worker="w", lease_seconds=60)
            assert stage is not None
            assert stage.id != first.id
            jobs.mark_started(connection, "job_1")
        assert claim(postgres_database) is None
    with postgres_database.read() as connection:
        job = jobs.get_job(connection, "job_1")
    assert job is not None
    assert job.status == "queued", "the job was locked; its next claim marks it"
