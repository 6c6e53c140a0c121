"""row-level security on PostgreSQL: each table of workspaces shows the bound workspace's rows only"""

from alembic import op

from pipeline.stores.records.row_security import expose, protect

revision = "0008"
down_revision = "0007"

# Not `outbox`: it holds ids of stages and deliveries, and is read by the sweeper alone.
OF_WORKSPACES = (
    "api_keys",
    "artifacts",
    "audit_events",
    "batches",
    "chunks",
    "conversations",
    "daily_quotas",
    "documents",
    "idempotency_keys",
    "jobs",
    "schemas",
    "sources",
    "stages",
    "usage",
    "webhook_deliveries",
    "webhook_endpoints",
)
OTHERWISE = {
    "workspaces": "id = {bound}",
    # What their parents' policies let be seen.
    "annotations": "EXISTS (SELECT 1 FROM documents WHERE documents.id = document_id)",
    "revisions": "EXISTS (SELECT 1 FROM documents WHERE documents.id = document_id)",
    "batch_files": "EXISTS (SELECT 1 FROM batches WHERE batches.id = batch_id)",
}


def upgrade() -> None:
    connection = op.get_bind()
    for table in OF_WORKSPACES:
        protect(connection, table)
    for table, belongs in OTHERWISE.items():
        protect(connection, table, belongs)


def downgrade() -> None:
    for table in (*OF_WORKSPACES, *OTHERWISE):
        expose(op.get_bind(), table)
