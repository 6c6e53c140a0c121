"""points that are to be removed from the index: their chunks were replaced"""

import sqlalchemy as sa
from alembic import op

from pipeline.stores.records.row_security import expose, protect

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "stale_points",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("document_id", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_stale_points_document_id_documents"),
        sa.PrimaryKeyConstraint("id", name="pk_stale_points"),
    )
    op.create_index("ix_stale_points_document_id", "stale_points", ["document_id"])
    protect(op.get_bind(), "stale_points")


def downgrade() -> None:
    expose(op.get_bind(), "stale_points")
    op.drop_table("stale_points")
