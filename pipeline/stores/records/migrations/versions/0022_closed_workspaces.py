"""a workspace that is deleted is closed first, and its row goes when nothing of it is left"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("workspaces", sa.Column("deleted_at", sa.Float()))
    op.add_column("workspaces", sa.Column("removed", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("workspaces", "removed")
    op.drop_column("workspaces", "deleted_at")
