"""webhook receivers with their breaker, every attempt, and events counted by document"""

import sqlalchemy as sa
from alembic import op

from pipeline.stores.records.row_security import expose, protect

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "webhook_receivers",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.Float()),
        sa.Column("open_until", sa.Float()),
        sa.Column("served_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_webhook_receivers_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_receivers"),
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("delivery_id", sa.String(60), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_webhook_attempts"),
    )
    op.create_index("ix_webhook_attempts_delivery_id", "webhook_attempts", ["delivery_id"])
    op.add_column("webhook_deliveries", sa.Column("receiver", sa.String(80), nullable=False, server_default=""))
    op.execute("UPDATE webhook_deliveries SET receiver = COALESCE(endpoint_id, workspace_id)")
    op.execute(
        "INSERT INTO webhook_receivers (id, workspace_id, failures, served_at) "
        "SELECT DISTINCT receiver, workspace_id, 0, 0.0 FROM webhook_deliveries"
    )
    op.drop_index("ix_webhook_deliveries_status_next_attempt_at", "webhook_deliveries")
    op.create_index("ix_webhook_deliveries_status_lease_until", "webhook_deliveries", ["status", "lease_until"])
    op.create_index(
        "ix_webhook_deliveries_receiver_status_next_attempt_at",
        "webhook_deliveries",
        ["receiver", "status", "next_attempt_at"],
    )
    op.add_column("documents", sa.Column("events", sa.Integer(), nullable=False, server_default="0"))
    protect(op.get_bind(), "webhook_receivers")
    protect(
        op.get_bind(),
        "webhook_attempts",
        "EXISTS (SELECT 1 FROM webhook_deliveries WHERE webhook_deliveries.id = delivery_id)",
    )


def downgrade() -> None:
    expose(op.get_bind(), "webhook_attempts")
    expose(op.get_bind(), "webhook_receivers")
    op.drop_column("documents", "events")
    op.drop_index("ix_webhook_deliveries_receiver_status_next_attempt_at", "webhook_deliveries")
    op.drop_index("ix_webhook_deliveries_status_lease_until", "webhook_deliveries")
    op.create_index("ix_webhook_deliveries_status_next_attempt_at", "webhook_deliveries", ["status", "next_attempt_at"])
    op.drop_column("webhook_deliveries", "receiver")
    op.drop_table("webhook_attempts")
    op.drop_table("webhook_receivers")
