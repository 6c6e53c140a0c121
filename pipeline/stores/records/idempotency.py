"""Idempotency keys: which request a key stood for, and what it was answered with."""

from dataclasses import dataclass

from sqlalchemy import Column, Connection, Float, Index, String, Table, delete, insert, select

from pipeline.stores.records.tables import metadata, now, record

idempotency = Table(
    "idempotency_keys",
    metadata,
    Column("workspace_id", String(40), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("document_id", String(40), nullable=False),
    Column("job_id", String(40), nullable=False),
    Column("created_at", Float, nullable=False),
    Index(None, "created_at"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class IdempotencyRecord:
    """`fingerprint` is the SHA-256 of the request's meaning and bytes."""

    workspace_id: str
    key: str
    fingerprint: str
    document_id: str
    job_id: str
    created_at: float


def find_idempotent(connection: Connection, workspace_id: str, key: str) -> IdempotencyRecord | None:
    """What the key was used for."""
    query = select(idempotency).where(idempotency.c.workspace_id == workspace_id, idempotency.c.key == key)
    row = connection.execute(query).mappings().first()
    return record(IdempotencyRecord, row) if row else None


def add_idempotent(
    connection: Connection, *, workspace_id: str, key: str, fingerprint: str, document_id: str, job_id: str
) -> None:
    """Note the key.

    Raises:
        sqlalchemy.exc.IntegrityError: another request was faster.
    """
    connection.execute(
        insert(idempotency).values(
            workspace_id=workspace_id,
            key=key,
            fingerprint=fingerprint,
            document_id=document_id,
            job_id=job_id,
            created_at=now(),
        )
    )


def expire_idempotent(connection: Connection, *, older_than_seconds: float) -> int:
    """Forget old keys; how many."""
    return connection.execute(delete(idempotency).where(idempotency.c.created_at < now() - older_than_seconds)).rowcount


def forget_document(connection: Connection, document_id: str) -> None:
    """A deleted document's keys may be used again."""
    connection.execute(delete(idempotency).where(idempotency.c.document_id == document_id))
