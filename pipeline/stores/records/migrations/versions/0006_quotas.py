"""quotas: limits of a workspace, what it used today, and its open jobs"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("workspaces", sa.Column("limits", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "daily_quotas",
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "day", name="pk_daily_quotas"),
    )
    unfinished = sa.text("finished_at IS NULL")
    op.create_index("ix_jobs_open", "jobs", ["workspace_id"], sqlite_where=unfinished, postgresql_where=unfinished)


def downgrade() -> None:
    op.drop_index("ix_jobs_open", "jobs")
    op.drop_table("daily_quotas")
    op.drop_column("workspaces", "limits")
