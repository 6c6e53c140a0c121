"""Alembic's environment: the connection is the caller's, the tables are those of the record modules."""

from alembic import context

from pipeline.stores.records import (  # noqa: F401 - importing a module declares its table
    annotations,
    artifacts,
    audit,
    batches,
    chunks,
    deliveries,
    documents,
    endpoints,
    generations,
    idempotency,
    jobs,
    keys,
    outbox,
    quotas,
    request_buckets,
    schemas,
    stages,
    stored_bytes,
    workspaces,
)
from pipeline.stores.records.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
