"""Counts for those who run the service."""

import pytest
from sqlalchemy import event, update

from pipeline.stores.records import claims, stages
from pipeline.stores.records.documents import add_document
from pipeline.stores.records.figures import read_figures
from pipeline.stores.records.jobs import add_job
from pipeline.stores.records.workspaces import add_workspace


@pytest.fixture
def connection(database):
    with database.write() as connection:
        add_workspace(connection, id="ws_1", name="one", webhook_secret="")
        add_document(
            connection,
            id="doc_1",
            workspace_id="ws_1",
            name="a",
            media_type="text/plain",
            collection=None,
            metadata={},
            blob_key="k",
            size=1,
            sha256="0" * 64,
        )
        yield connection


def make_job(connection, job_id):
    add_job(
        connection,
        id=job_id,
        workspace_id="ws_1",
        document_id="doc_1",
        revision=1,
        schema_name=None,
        schema_version=None,
        schema_body=None,
        tasks=["summarize"],
        webhook_url=None,
        metadata={},
        priority=100,
        batch_id=None,
        password=None,
    )
    stages.add_stages(
        connection,
        job_id=job_id,
        workspace_id="ws_1",
        document_id="doc_1",
        priority=100,
        queues={"read": "read", "summarize": "infer", "finish": "deliver"},
        ready={"read"},
    )


def test_nothing_is_counted_where_there_is_nothing(connection):
    figures = read_figures(connection)
    assert (figures.jobs, figures.stages, figures.oldest_seconds, figures.deliveries) == ({}, {}, {}, {})


def test_jobs_and_stages_are_counted_by_what_they_wait_for(connection):
    for number in range(3):
        make_job(connection, f"job_{number}")
    claims.claim_stage(connection, "read", worker="w", lease_seconds=9)
    figures = read_figures(connection)
    assert figures.jobs == {"queued": 3}
    assert figures.stages == {
        ("read", "ready"): 2,
        ("read", "running"): 1,
        ("infer", "waiting"): 3,
        ("deliver", "waiting"): 3,
    }
    assert figures.oldest_seconds.keys() == {"read"}
    assert 0 <= figures.oldest_seconds["read"] < 60


def test_what_ended_lately_is_found_without_a_look_at_all_that_ever_ended(sqlite_database):
    plans = []

    def explain(connection, _cursor, statement, parameters, *_):
        if "finished_at >" in statement:
            plan = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.append(" ".join(row[-1] for row in plan))

    with sqlite_database.read() as connection:
        event.listen(connection, "before_cursor_execute", explain)
        read_figures(connection)
    assert len(plans) == 1
    assert "ix_stages_status_finished_at (status=? AND finished_at>?)" in plans[0]


def test_stages_that_are_claimed_first_stand_before_the_others(connection):
    for number, (priority, created_at) in enumerate([(100, 30.0), (100, 20.0), (50, 40.0)]):
        make_job(connection, f"job_{number}")
        changes = {"priority": priority, "created_at": created_at}
        connection.execute(update(stages.stages).where(stages.stages.c.job_id == f"job_{number}").values(**changes))

    def positions():
        found = [stages.list_stages(connection, f"job_{number}") for number in range(3)]
        return [stages.position(connection, next(s for s in of_job if s.name == "read")) for of_job in found]

    assert positions() == [2, 1, 0]
    assert claims.claim_stage(connection, "read", worker="w", lease_seconds=9).job_id == "job_2"
    assert positions()[:2] == [1, 0]
