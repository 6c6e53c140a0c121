"""Jobs: what they are about, who sees them, and how they begin and end."""

import pytest

from pipeline.stores.records import claims, documents, jobs, stages
from pipeline.stores.records.database import Database
from pipeline.stores.records.jobs import JobRecord
from tests.support.rows import add_document, add_job, add_workspace


@pytest.fixture
def prepared(database: Database) -> Database:
    with database.write() as connection:
        add_workspace(connection)
        add_document(connection)
        add_document(connection, "doc_2")
        add_job(connection, "job_1", priority=100)
        add_job(connection, "job_2", "doc_2", priority=100)
        add_job(connection, "job_3", priority=10)
    return database


def get(database: Database, job_id: str = "job_1") -> JobRecord:
    with database.read() as connection:
        job = jobs.get_job(connection, job_id)
    assert job is not None
    return job


def test_a_job_is_found_by_its_workspace_only(prepared: Database) -> None:
    with prepared.write() as connection:
        assert jobs.get_job(connection, "job_1", workspace_id="ws_1", lock=True) is not None
        assert jobs.get_job(connection, "job_1", workspace_id="ws_2") is None
        assert jobs.get_job(connection, "job_none") is None
        assert jobs.list_jobs(connection, "ws_2") == []


def test_lists_are_narrowed_and_paged(prepared: Database) -> None:
    with prepared.write() as connection:
        jobs.mark_started(connection, "job_1")
    with prepared.read() as connection:
        assert [job.id for job in jobs.list_jobs(connection, "ws_1", status="running")] == ["job_1"]
        assert {job.id for job in jobs.list_jobs(connection, "ws_1", document_id="doc_1")} == {"job_1", "job_3"}
        first = jobs.list_jobs(connection, "ws_1", limit=2)
        after = (first[-1].created_at, first[-1].id)
        rest = jobs.list_jobs(connection, "ws_1", limit=2, after=after)
        assert {job.id for job in (*first, *rest)} == {"job_1", "job_2", "job_3"}
        assert len(rest) == 1
        assert jobs.statuses_of(connection, ["job_1", "job_2", "job_none"]) == {
            "job_1": ("running", 0),
            "job_2": ("queued", 0),
        }


def test_the_queue_position_counts_who_is_served_before(prepared: Database) -> None:
    def positions() -> list[int]:
        with prepared.read() as connection:
            found = stages.stages_of(connection, ["job_1", "job_2", "job_3"])
            reads = (next(stage for stage in found[job] if stage.name == "read") for job in ("job_1", "job_2", "job_3"))
            return [stages.position(connection, stage) for stage in reads]

    with prepared.write() as connection:  # SQLite's clock ticks in milliseconds: both may be of the same one
        later = stages.stages.c.created_at + 1.0
        connection.execute(stages.stages.update().where(stages.stages.c.job_id == "job_2").values(created_at=later))
    assert positions() == [1, 2, 0]
    with prepared.write() as connection:
        taken = claims.claim_stage(connection, "read", worker="test", lease_seconds=60)
    assert taken is not None
    assert taken.job_id == "job_3", "who is before all others is claimed first"
    assert positions()[:2] == [0, 1]


def test_an_assignment_is_the_jobs_own_revision_and_none_once_the_document_is_deleted(prepared: Database) -> None:
    with prepared.write() as connection:
        document = documents.get_document(connection, "ws_1", "doc_1")
        assert document is not None
        documents.add_revision(connection, document, blob_key="b", size=1, sha256="2" * 64, media_type="text/plain")
    with prepared.read() as connection:
        assignment = jobs.get_assignment(connection, "job_1")
    assert assignment is not None
    job, document, revision = assignment
    assert (job, document.revision, revision.number) == (get(prepared), 2, 1)
    with prepared.write() as connection:
        documents.mark_deleted(connection, "doc_1")
    with prepared.read() as connection:
        assert jobs.get_assignment(connection, "job_1") is None


def test_an_end_takes_the_password_and_a_reopening_takes_the_end(prepared: Database) -> None:
    with prepared.write() as connection:
        connection.execute(jobs.jobs.update().values(password="sealed"))
        jobs.mark_started(connection, "job_1")
        jobs.request_cancel(connection, "job_1")
        jobs.mark_finished(connection, "job_1", status="failed", problem={"type": "x"}, result_key="r", sequence=1)
        jobs.mark_started(connection, "job_1")  # a late claim changes nothing
        jobs.forget_password(connection, "job_2")
    ended = get(prepared)
    assert (ended.status, ended.password, ended.problem, ended.sequence) == ("failed", None, {"type": "x"}, 1)
    assert ended.finished_at is not None
    assert (get(prepared, "job_2").password, get(prepared, "job_3").password) == (None, "sealed")
    with prepared.write() as connection:
        jobs.reopen(connection, "job_1", password="new")
    opened = get(prepared)
    assert (opened.status, opened.password, opened.problem, opened.result_key) == ("queued", "new", None, None)
    assert (opened.cancel_requested, opened.started_at, opened.finished_at, opened.sequence) == (False, None, None, 1)


def test_no_word_of_a_deleted_document_stays_in_its_jobs(prepared: Database) -> None:
    with prepared.write() as connection:
        connection.execute(jobs.jobs.update().values(metadata={"who": "me"}, webhook_url="https://x", result_key="r"))
        jobs.scrub(connection, "doc_1")
    scrubbed = get(prepared)
    assert (scrubbed.metadata, scrubbed.webhook_url, scrubbed.result_key) == ({}, None, None)
    assert get(prepared, "job_2").metadata == {"who": "me"}
