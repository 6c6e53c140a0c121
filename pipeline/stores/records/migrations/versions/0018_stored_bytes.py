"""how many bytes each workspace holds, counted once for what lies there already, and how often it ran jobs again"""

import sqlalchemy as sa
from alembic import op

from pipeline.stores.records.row_security import expose, protect

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("daily_quotas", sa.Column("reruns", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "stored_bytes",
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_stored_bytes"),
    )
    op.execute(
        "INSERT INTO stored_bytes (workspace_id, bytes) "
        "SELECT documents.workspace_id, SUM(revisions.size) FROM revisions "
        "JOIN documents ON documents.id = revisions.document_id GROUP BY documents.workspace_id"
    )
    protect(op.get_bind(), "stored_bytes")


def downgrade() -> None:
    expose(op.get_bind(), "stored_bytes")
    op.drop_table("stored_bytes")
    op.drop_column("daily_quotas", "reruns")
