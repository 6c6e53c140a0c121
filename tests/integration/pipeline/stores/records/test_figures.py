"""Counts for those who run the service."""

from contextlib import closing
from typing import get_args

import pytest
from sqlalchemy import event, text, update

from pipeline.stores.records import claims, stages
from pipeline.stores.records.database import Database
from pipeline.stores.records.deliveries import deliveries
from pipeline.stores.records.documents import add_document
from pipeline.stores.records.figures import (
    ENDED_DELIVERIES,
    ENDED_JOBS,
    OPEN_DELIVERIES,
    OPEN_JOBS,
    read_figures,
    read_totals,
)
from pipeline.stores.records.jobs import add_job, jobs, mark_finished
from pipeline.stores.records.workspaces import add_workspace
from schemas.jobs import JobStatus
from schemas.webhooks import DeliveryStatus


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


def present(connection):
    return read_figures(connection, read_totals(connection))


def test_nothing_is_counted_where_there_is_nothing(connection):
    figures = present(connection)
    assert (figures.jobs, figures.stages, figures.oldest_seconds, figures.deliveries) == ({}, {}, {}, {})


def test_jobs_and_stages_are_counted_by_what_they_wait_for(connection):
    for number in range(3):
        make_job(connection, f"job_{number}")
    claims.claim_stage(connection, "read", worker="w", lease_seconds=9)
    figures = present(connection)
    assert figures.jobs == {"queued": 3}
    assert figures.stages == {
        ("read", "ready"): 2,
        ("read", "running"): 1,
        ("infer", "waiting"): 3,
        ("deliver", "waiting"): 3,
    }
    assert figures.oldest_seconds.keys() == {"read"}
    assert 0 <= figures.oldest_seconds["read"] < 60


def test_what_is_open_is_counted_now_and_what_ended_is_as_it_was_counted_before(connection):
    for number in range(3):
        make_job(connection, f"job_{number}")
    before = read_totals(connection)
    mark_finished(connection, "job_0", status="failed", problem=None, result_key=None, sequence=1)
    assert read_figures(connection, before).jobs == {"queued": 2}
    assert read_totals(connection).jobs == {"failed": 1}
    assert present(connection).jobs == {"queued": 2, "failed": 1}


def test_every_status_is_either_open_or_ended():
    assert sorted((*OPEN_JOBS, *ENDED_JOBS)) == sorted(get_args(JobStatus))
    assert sorted((*OPEN_DELIVERIES, *ENDED_DELIVERIES)) == sorted(get_args(DeliveryStatus))


@pytest.fixture
def plans(sqlite_database):
    """How SQLite finds what the figures and their totals ask for: a line for each statement."""
    found = []

    def explain(connection, _cursor, statement, parameters, *_):
        plan = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        found.append(f"{statement} -> {' '.join(row[-1] for row in plan)}")

    with sqlite_database.read() as connection:
        event.listen(connection, "before_cursor_execute", explain)
        present(connection)
    return found


def test_what_ended_lately_is_found_without_a_look_at_all_that_ever_ended(plans):
    (plan,) = [plan for plan in plans if "finished_at >" in plan]
    assert "ix_stages_status_finished_at (status=? AND finished_at>?)" in plan


@pytest.mark.parametrize("table", ["jobs", "webhook_deliveries"])
def test_rows_are_counted_by_status_in_an_index_alone(plans, table):
    counts = [plan for plan in plans if f"FROM {table}" in plan]
    assert len(counts) == 2, "what is open, and what ended"
    assert all(f"SEARCH {table} USING COVERING INDEX ix_{table}_status_" in plan for plan in counts)


@pytest.mark.parametrize("table", [jobs, deliveries], ids=str)
def test_postgresql_counts_in_the_index_too_though_its_policies_ask_whose_each_row_is(
    postgres_database, tenant_url, table
):
    """An index without the workspace would be left for a look at every row."""
    with closing(Database(tenant_url)) as service, service.read() as connection:
        # In empty tables all ways are equal.
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        query = f"SELECT status, count(*) FROM {table.name} WHERE status IN ('failed', 'cancelled') GROUP BY status"
        plan = "\n".join(connection.execute(text(f"EXPLAIN {query}")).scalars())
    assert f"Index Only Scan using ix_{table.name}_status_workspace_id" in plan


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
