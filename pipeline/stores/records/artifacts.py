"""Artifacts: what stages made, keyed by a hash of everything that went in."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Float,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    bindparam,
    delete,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.stores.records.stages import stages
from pipeline.stores.records.tables import metadata, now, record, records

artifacts = Table(
    "artifacts",
    metadata,
    Column("workspace_id", String(40), primary_key=True),
    Column("document_id", String(40), ForeignKey("documents.id"), primary_key=True),
    Column("stage", String(16), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("blob_key", String(255)),
    Column("content", LargeBinary),
    Column("size", BigInteger, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ArtifactRecord:
    """`key` is the SHA-256 of the stage's inputs; equal inputs make the artifact once."""

    workspace_id: str
    document_id: str
    stage: str
    key: str
    blob_key: str | None
    content: bytes | None
    """The artifact itself where it is small; then there is no blob."""
    size: int
    facts: dict[str, Any]
    """What later stages need to know of it without opening it."""
    created_at: float


# Statements of every stage are built once: building one costs more than running it.
_GET = select(artifacts).where(
    artifacts.c.workspace_id == bindparam("workspace_id"),
    artifacts.c.document_id == bindparam("document_id"),
    artifacts.c.stage == bindparam("stage"),
    artifacts.c.key == bindparam("key"),
)
# Only a stage that has succeeded has an `artifact_key`. Asking for its status as well would lead SQLite to the index of
# statuses, and with it past every stage that ever succeeded.
_OF_JOB = select(artifacts).join(
    stages,
    (stages.c.job_id == bindparam("job_id"))
    & (stages.c.name == artifacts.c.stage)
    & (stages.c.artifact_key == artifacts.c.key)
    & (stages.c.document_id == artifacts.c.document_id)
    & (stages.c.workspace_id == artifacts.c.workspace_id),
)
_KNOWN = select(artifacts.c.key, artifacts.c.facts).where(
    artifacts.c.workspace_id == bindparam("workspace_id"),
    artifacts.c.document_id == bindparam("document_id"),
    artifacts.c.stage == bindparam("stage"),
)
_ADD = {
    dialect.dialect.name: dialect.insert(artifacts).values(created_at=now()).on_conflict_do_nothing()
    for dialect in (postgresql, sqlite)
}


def get_artifact(
    connection: Connection, *, workspace_id: str, document_id: str, stage: str, key: str
) -> ArtifactRecord | None:
    """The artifact of these inputs, where it was made already."""
    wanted = {"workspace_id": workspace_id, "document_id": document_id, "stage": stage, "key": key}
    row = connection.execute(_GET, wanted).mappings().first()
    return record(ArtifactRecord, row) if row else None


def artifacts_of(connection: Connection, job_id: str) -> dict[str, ArtifactRecord]:
    """What the stages of a job that have succeeded made, by stage name."""
    rows = connection.execute(_OF_JOB, {"job_id": job_id}).mappings()
    return {artifact.stage: artifact for artifact in records(ArtifactRecord, rows)}


def facts_of(connection: Connection, *, workspace_id: str, document_id: str, stage: str) -> dict[str, dict[str, Any]]:
    """The facts of all artifacts that a stage has made of a document, by key."""
    wanted = {"workspace_id": workspace_id, "document_id": document_id, "stage": stage}
    return {row.key: row.facts for row in connection.execute(_KNOWN, wanted)}


def add_artifact(
    connection: Connection,
    *,
    workspace_id: str,
    document_id: str,
    stage: str,
    key: str,
    blob_key: str | None,
    content: bytes | None,
    size: int,
    facts: dict[str, Any],
) -> None:
    """Note an artifact; one that is there already stays as it is."""
    added = {
        "workspace_id": workspace_id,
        "document_id": document_id,
        "stage": stage,
        "key": key,
        "blob_key": blob_key,
        "content": content,
        "size": size,
        "facts": facts,
    }
    connection.execute(_ADD[connection.dialect.name], added)


def delete_artifacts(connection: Connection, document_id: str) -> int:
    """Forget all artifacts of a document; how many there were."""
    return connection.execute(delete(artifacts).where(artifacts.c.document_id == document_id)).rowcount
