"""usage"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "usage",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("job_id", sa.String(40)),
        sa.Column("work", sa.String(20), nullable=False),
        sa.Column("model", sa.String(200)),
        sa.Column("jobs", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("pages", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("calls", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("cached_tokens", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("seconds", sa.Float(), nullable=False, server_default="0"),
        sa.Column("cost_millionths", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("number", name="pk_usage"),
    )
    op.create_index("ix_usage_workspace_id_day", "usage", ["workspace_id", "day"])
    op.create_index("ix_usage_job_id", "usage", ["job_id"])


def downgrade() -> None:
    op.drop_table("usage")
