"""Removing the rows of a workspace that is deleted, some at a time: nobody waits long for any of these transactions.

What is kept of a deleted document otherwise (its row, its jobs, what was spent on it) goes too, and at last the
workspace's own row. The audit log stays.
"""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, Table, delete, exists, select, tuple_, update

from pipeline.stores.records import audit, outbox
from pipeline.stores.records.annotations import annotations
from pipeline.stores.records.artifacts import artifacts
from pipeline.stores.records.batches import batch_files, batches, sources
from pipeline.stores.records.chunks import chunks
from pipeline.stores.records.conversations import conversations
from pipeline.stores.records.deliveries import deliveries
from pipeline.stores.records.documents import documents, revisions
from pipeline.stores.records.endpoints import endpoints
from pipeline.stores.records.generations import index_generations, indexed_documents
from pipeline.stores.records.idempotency import idempotency
from pipeline.stores.records.indexed import stale_points
from pipeline.stores.records.jobs import jobs
from pipeline.stores.records.keys import api_keys
from pipeline.stores.records.pages import indexed_pages
from pipeline.stores.records.quotas import daily_quotas
from pipeline.stores.records.receivers import attempts, receivers
from pipeline.stores.records.request_buckets import request_buckets
from pipeline.stores.records.schemas import schemas
from pipeline.stores.records.stages import stages
from pipeline.stores.records.stored_bytes import stored_bytes
from pipeline.stores.records.usage import usage
from pipeline.stores.records.usage_totals import forget_usage, usage_totals
from pipeline.stores.records.workspaces import workspaces

AT_ONCE = 500
"""Rows of a table in one transaction; documents a tenth of it, with the jobs and stages of each."""

OF_DOCUMENTS = (annotations, artifacts, chunks, indexed_documents, indexed_pages, revisions, stale_points)
"""Found by the document. Its purge has emptied them; they go before it all the same, since they refer to it."""
OF_WORKSPACES = (
    sources,
    idempotency,
    endpoints,
    receivers,
    schemas,
    conversations,
    api_keys,
    daily_quotas,
    stored_bytes,
    request_buckets,
)
"""Found by the workspace, and referred to by nothing."""
IN_ORDER = (documents, jobs, stages, outbox.outbox, deliveries, attempts, batches, batch_files, usage, workspaces)
"""Removed below, in an order of their own."""
OF_NO_WORKSPACE = (audit.audit_events, index_generations, usage_totals)
"""What stays: who did what, which indexes there are, and what all workspaces have spent together."""


def erase_documents(connection: Connection, workspace_id: str) -> int:
    """Remove rows of documents that were purged, with their jobs; how many documents.

    One that an index is being filled with is left until that is over: whoever does it has to see that it was deleted.
    """
    written = select(index_generations.c.writing).where(index_generations.c.writing.is_not(None))
    query = (
        select(documents.c.id)
        .where(
            documents.c.workspace_id == workspace_id,
            documents.c.purged_at.is_not(None),
            documents.c.id.not_in(written),
        )
        .limit(AT_ONCE // 10)
    )
    ids = connection.execute(query).scalars().all()
    if not ids:
        return 0
    job_ids = select(jobs.c.id).where(jobs.c.document_id.in_(ids))
    stage_ids = connection.execute(select(stages.c.id).where(stages.c.job_id.in_(job_ids))).scalars().all()
    outbox.forget_rings(connection, stage_ids)
    connection.execute(delete(stages).where(stages.c.job_id.in_(job_ids)))
    connection.execute(delete(jobs).where(jobs.c.document_id.in_(ids)))
    for table in OF_DOCUMENTS:
        # By the workspace as well, where that leads the key.
        whose = [table.c.workspace_id == workspace_id] if "workspace_id" in table.primary_key.columns else []
        connection.execute(delete(table).where(*whose, table.c.document_id.in_(ids)))
    return connection.execute(delete(documents).where(documents.c.id.in_(ids))).rowcount


def erase_some(connection: Connection, workspace_id: str) -> int:
    """Remove some of the other rows; how many, and 0 when there are none left."""
    removed = _erase_deliveries(connection, workspace_id) or _erase_batches(connection, workspace_id)
    removed = removed or forget_usage(connection, workspace_id, limit=AT_ONCE)
    for table in OF_WORKSPACES:
        removed = removed or _erase(connection, table, table.c.workspace_id == workspace_id)
    return removed


def lock_whole(connection: Connection, workspace_id: str) -> None:
    """Until the transaction ends nobody adds a row that refers to the workspace, and whoever looks for it waits."""
    connection.execute(select(workspaces.c.id).where(workspaces.c.id == workspace_id).with_for_update())


def leftovers(connection: Connection, workspace_id: str) -> list[str]:
    """Tables that still hold rows of the workspace; those whose rows refer to one of these are not looked at."""
    return [
        table.name
        for table in (documents, deliveries, batches, usage, *OF_WORKSPACES)
        if connection.execute(select(exists().where(table.c.workspace_id == workspace_id))).scalar()
    ]


def erase_workspace(connection: Connection, workspace_id: str) -> None:
    """Remove the workspace's own row, the last one."""
    connection.execute(delete(workspaces).where(workspaces.c.id == workspace_id))


def end_batches(connection: Connection, workspace_id: str) -> None:
    """No file of its batches is taken any more."""
    open_ones = (batches.c.workspace_id == workspace_id) & batches.c.status.in_(("listing", "running"))
    connection.execute(update(batches).where(open_ones).values(status="failed"))


def _erase_deliveries(connection: Connection, workspace_id: str) -> int:
    query = select(deliveries.c.id).where(deliveries.c.workspace_id == workspace_id).limit(AT_ONCE)
    ids = connection.execute(query).scalars().all()
    outbox.forget_rings(connection, ids)
    # In this order: row-level security knows whose an attempt is by its delivery.
    connection.execute(delete(attempts).where(attempts.c.delivery_id.in_(ids)))
    return connection.execute(delete(deliveries).where(deliveries.c.id.in_(ids))).rowcount


def _erase_batches(connection: Connection, workspace_id: str) -> int:
    mine = select(batches.c.id).where(batches.c.workspace_id == workspace_id)
    files = _erase(connection, batch_files, batch_files.c.batch_id.in_(mine))
    return files or _erase(connection, batches, batches.c.workspace_id == workspace_id)


def _erase(connection: Connection, table: Table, which: ColumnElement[bool]) -> int:
    key = list(_key(table))
    some = select(*key).where(which).limit(AT_ONCE)
    found = key[0].in_(some) if len(key) == 1 else tuple_(*key).in_(some)
    return connection.execute(delete(table).where(found)).rowcount


def _key(table: Table) -> Iterator[ColumnElement[object]]:
    yield from table.primary_key.columns
