"""Rows that tests start from."""

from collections.abc import Iterable

from sqlalchemy import Connection, Table, func, select

from pipeline.jobs import graph
from pipeline.stores.records import chunks, documents, jobs, outbox, stages, workspaces
from pipeline.stores.records.tables import now


def spread_in_time(connection: Connection, table: Table, ids: Iterable[str]) -> None:
    """Rows made in this order are a second apart: SQLite's clock ticks in milliseconds, and two may be of the same."""
    for number, row_id in enumerate(ids):
        later = table.c.created_at + float(number)
        connection.execute(table.update().where(table.c.id == row_id).values(created_at=later))


def add_workspace(connection: Connection, workspace_id: str = "ws_1") -> str:
    workspaces.add_workspace(connection, id=workspace_id, name=workspace_id, webhook_secret="sealed")
    return workspace_id


def add_document(connection: Connection, document_id: str = "doc_1", workspace_id: str = "ws_1") -> str:
    documents.add_document(
        connection,
        id=document_id,
        workspace_id=workspace_id,
        name=f"{document_id}.txt",
        media_type="text/plain",
        collection=None,
        metadata={},
        blob_key=f"{workspace_id}/{document_id}/source",
        size=4,
        sha256="0" * 64,
    )
    return document_id


def add_job(
    connection: Connection,
    job_id: str = "job_1",
    document_id: str = "doc_1",
    workspace_id: str = "ws_1",
    *,
    tasks: tuple[str, ...] = ("summarize", "index"),
    priority: int = 100,
    webhook_url: str | None = None,
) -> str:
    jobs.add_job(
        connection,
        id=job_id,
        workspace_id=workspace_id,
        document_id=document_id,
        revision=1,
        schema_name=None,
        schema_version=None,
        schema_body=None,
        tasks=list(tasks),
        webhook_url=webhook_url,
        metadata={},
        priority=priority,
        batch_id=None,
        password=None,
    )
    stages.add_stages(
        connection,
        job_id=job_id,
        workspace_id=workspace_id,
        document_id=document_id,
        priority=priority,
        queues=graph.plan(tasks),
        ready={"read"},
    )
    outbox.add_rings(connection, {stages.stage_id(job_id, "read"): "read"})
    return job_id


def blobs_of(connection: Connection, document_id: str) -> list[str]:
    """Where the bytes of all revisions of a document lie, oldest first."""
    table = documents.revisions
    query = select(table.c.blob_key).where(table.c.document_id == document_id).order_by(table.c.number)
    return list(connection.execute(query).scalars())


def count_chunks(connection: Connection, workspace_id: str) -> int:
    """All chunks of a workspace."""
    table = chunks.chunks
    query = select(func.count()).select_from(table).where(table.c.workspace_id == workspace_id)
    return int(connection.execute(query).scalar_one())


def count_claimable(connection: Connection, queue: str) -> int:
    """How many stages of a queue could be claimed now."""
    table = stages.stages
    query = select(func.count()).select_from(table)
    query = query.where(table.c.queue == queue, table.c.status == "ready", table.c.run_after <= now())
    return int(connection.execute(query).scalar_one())
