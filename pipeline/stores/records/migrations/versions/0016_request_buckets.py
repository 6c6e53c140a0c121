"""how many requests each workspace may still send, over all API processes"""

import sqlalchemy as sa
from alembic import op

from pipeline.stores.records.row_security import expose, protect

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "request_buckets",
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_request_buckets"),
    )
    protect(op.get_bind(), "request_buckets")


def downgrade() -> None:
    expose(op.get_bind(), "request_buckets")
    op.drop_table("request_buckets")
