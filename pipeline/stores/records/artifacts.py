"""Artifacts: what stages made, keyed by a hash of everything that went in."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Connection, Float, ForeignKey, String, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.stores.records.tables import metadata, now, record

artifacts = Table(
    "artifacts",
    metadata,
    Column("workspace_id", String(40), primary_key=True),
    Column("document_id", String(40), ForeignKey("documents.id"), primary_key=True),
    Column("stage", String(16), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("blob_key", String(255), nullable=False),
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
    blob_key: str
    size: int
    facts: dict[str, Any]
    """What later stages need to know of it without opening it."""
    created_at: float


def get_artifact(
    connection: Connection, *, workspace_id: str, document_id: str, stage: str, key: str
) -> ArtifactRecord | None:
    """The artifact of these inputs, where it was made already."""
    query = select(artifacts).where(
        artifacts.c.workspace_id == workspace_id,
        artifacts.c.document_id == document_id,
        artifacts.c.stage == stage,
        artifacts.c.key == key,
    )
    row = connection.execute(query).mappings().first()
    return record(ArtifactRecord, row) if row else None


def add_artifact(
    connection: Connection,
    *,
    workspace_id: str,
    document_id: str,
    stage: str,
    key: str,
    blob_key: str,
    size: int,
    facts: dict[str, Any],
) -> None:
    """Note an artifact; one that is there already stays as it is."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(artifacts)
        .values(
            workspace_id=workspace_id,
            document_id=document_id,
            stage=stage,
            key=key,
            blob_key=blob_key,
            size=size,
            facts=facts,
            created_at=now(),
        )
        .on_conflict_do_nothing()
    )


def delete_artifacts(connection: Connection, document_id: str) -> int:
    """Forget all artifacts of a document; how many there were."""
    return connection.execute(delete(artifacts).where(artifacts.c.document_id == document_id)).rowcount
