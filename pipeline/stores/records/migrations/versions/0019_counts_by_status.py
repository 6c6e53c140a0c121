"""jobs and deliveries are counted by status in an index; with the workspace, which row-level security asks of each row"""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_index("ix_jobs_status_workspace_id", "jobs", ["status", "workspace_id"])
    op.create_index("ix_webhook_deliveries_status_workspace_id", "webhook_deliveries", ["status", "workspace_id"])


def downgrade() -> None:
    op.drop_index("ix_webhook_deliveries_status_workspace_id", "webhook_deliveries")
    op.drop_index("ix_jobs_status_workspace_id", "jobs")
