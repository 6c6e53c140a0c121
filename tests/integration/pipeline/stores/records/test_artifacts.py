"""Artifacts are made once for equal inputs, and found by the jobs whose stages made them."""

from pipeline.stores.records import artifacts, claims, stages
from pipeline.stores.records.database import Database
from tests.support.rows import add_document, add_job, add_workspace


def add(database: Database, stage: str, key: str, content: bytes, document_id: str = "doc_1") -> None:
    with database.write() as connection:
        artifacts.add_artifact(
            connection,
            workspace_id="ws_1",
            document_id=document_id,
            stage=stage,
            key=key,
            blob_key=None,
            content=content,
            size=len(content),
            facts={"pages_total": 2},
        )


def test_artifacts_are_kept_once_and_belong_to_the_succeeded_stages_of_a_job(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
        for number in ("1", "2"):
            add_document(connection, f"doc_{number}")
            add_job(connection, f"job_{number}", f"doc_{number}")
    add(database, "read", "k1", b"first")
    add(database, "read", "k1", b"second")
    add(database, "read", "k2", b"of other inputs")
    add(database, "read", "k1", b"of another document", "doc_2")

    def get(key: str) -> artifacts.ArtifactRecord | None:
        with database.read() as connection:
            return artifacts.get_artifact(connection, workspace_id="ws_1", document_id="doc_1", stage="read", key=key)

    kept = get("k1")
    assert kept is not None
    assert (kept.content, kept.size, kept.facts) == (b"first", 5, {"pages_total": 2})
    assert get("k3") is None
    with database.read() as connection:
        known = artifacts.facts_of(connection, workspace_id="ws_1", document_id="doc_1", stage="read")
        assert known == {"k1": {"pages_total": 2}, "k2": {"pages_total": 2}}

    with database.write() as connection:
        assert artifacts.artifacts_of(connection, "job_1") == {}
        claimed = claims.claim_stage(connection, "read", worker="w", lease_seconds=60)
        assert claimed is not None
        assert claimed.job_id == "job_1"
        stages.settle_stage(connection, claimed, status="succeeded", artifact_key="k2")
        found = artifacts.artifacts_of(connection, "job_1")
        assert {name: artifact.content for name, artifact in found.items()} == {"read": b"of other inputs"}
        assert artifacts.artifacts_of(connection, "job_2") == {}
        assert artifacts.delete_artifacts(connection, "doc_1") == 2
        assert artifacts.delete_artifacts(connection, "doc_1") == 0
        assert artifacts.artifacts_of(connection, "job_1") == {}


def test_looking_for_a_jobs_artifacts_passes_by_no_stage_of_another_job(sqlite_database: Database) -> None:
    with sqlite_database.read() as connection:
        query = str(artifacts._OF_JOB.compile(dialect=connection.dialect))
        plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", ("job_1",)))
    assert "INDEX ix_stages_job_id (job_id=?)" in plan
