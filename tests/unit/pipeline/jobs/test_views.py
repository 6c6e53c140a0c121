"""Jobs as clients see them."""

from datetime import UTC, datetime

import pytest

from pipeline.jobs.views import job_view, progress, schema_name
from pipeline.stores.records.jobs import JobRecord
from pipeline.stores.records.stages import StageRecord


def stage(name, status, share=None):
    return StageRecord(
        id=f"job_1/{name}",
        job_id="job_1",
        workspace_id="ws_1",
        document_id="doc_1",
        name=name,
        queue="read",
        status=status,
        priority=100,
        attempt=1,
        failures=0,
        run_after=0.0,
        lease_until=None,
        worker=None,
        progress=share,
        artifact_key=None,
        problem={"type": "urn:sheaf:problem:damaged-file", "title": "Damaged."} if status == "failed" else None,
        created_at=0.0,
        started_at=None,
        finished_at=None,
    )


def job(**changes):
    fields = {
        "id": "job_1",
        "workspace_id": "ws_1",
        "document_id": "doc_1",
        "revision": 1,
        "status": "running",
        "schema_name": None,
        "schema_version": None,
        "schema_body": None,
        "tasks": ["index"],
        "webhook_url": None,
        "metadata": {},
        "priority": 100,
        "sequence": 0,
        "batch_id": None,
        "password": None,
        "cancel_requested": False,
        "problem": None,
        "result_key": None,
        "created_at": 1_700_000_000.25,
        "started_at": None,
        "finished_at": None,
    }
    return JobRecord(**{**fields, **changes})


@pytest.mark.parametrize(
    ("stages", "share"),
    [
        ([], 0.0),
        ([stage("read", "ready"), stage("finish", "waiting")], 0.0),
        ([stage("read", "running", 0.5), stage("finish", "waiting")], 0.25),
        ([stage("read", "succeeded"), stage("finish", "running")], 0.5),
        ([stage("read", "failed"), stage("index", "skipped"), stage("finish", "ready", 0.9)], 0.6667),
    ],
)
def test_progress_counts_each_stage_the_same(stages, share):
    assert progress("running", stages) == share


@pytest.mark.parametrize("status", ["succeeded", "partial", "failed", "cancelled"])
def test_an_ended_job_is_done(status):
    assert progress(status, [stage("read", "cancelled")]) == 1.0


@pytest.mark.parametrize(
    ("name", "version", "shown"), [(None, None, None), ("inline", None, "inline"), ("invoice", 2, "invoice@2")]
)
def test_a_schema_is_named_with_its_version(name, version, shown):
    assert schema_name(job(schema_name=name, schema_version=version)) == shown


def test_stages_are_shown_in_the_order_they_run_with_their_problems():
    view = job_view(
        job(), [stage("finish", "waiting"), stage("index", "failed"), stage("read", "succeeded")], None, "a.pdf"
    )
    assert view.document_name == "a.pdf"
    assert [shown.name for shown in view.stages] == ["read", "index", "finish"]
    assert view.stages[1].problem.type == "urn:sheaf:problem:damaged-file"
    assert view.created_at == datetime(2023, 11, 14, 22, 13, 20, 250_000, tzinfo=UTC)
