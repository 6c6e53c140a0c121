"""retention: classes of a workspace, the class of a document, and when its result was read"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("workspaces", sa.Column("retention", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("documents", sa.Column("retention", sa.String(40)))
    op.add_column("documents", sa.Column("read_at", sa.Float()))
    op.create_index("ix_documents_retention", "documents", ["retention"])


def downgrade() -> None:
    op.drop_index("ix_documents_retention", "documents")
    op.drop_column("documents", "read_at")
    op.drop_column("documents", "retention")
    op.drop_column("workspaces", "retention")
