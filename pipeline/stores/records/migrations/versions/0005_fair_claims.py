"""fair claims: a queue's ready stages by workspace, and when a workspace was served last"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.drop_index("ix_stages_queue_status_priority_created_at", "stages")
    op.create_index(
        "ix_stages_queue_status_workspace_id_priority_created_at",
        "stages",
        ["queue", "status", "workspace_id", "priority", "created_at"],
    )
    op.create_index("ix_stages_queue_workspace_id_started_at", "stages", ["queue", "workspace_id", "started_at"])


def downgrade() -> None:
    op.drop_index("ix_stages_queue_workspace_id_started_at", "stages")
    op.drop_index("ix_stages_queue_status_workspace_id_priority_created_at", "stages")
    op.create_index(
        "ix_stages_queue_status_priority_created_at", "stages", ["queue", "status", "priority", "created_at"]
    )
