"""jobs and deliveries remember the span that what is done for them is below"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    for table in ("jobs", "webhook_deliveries"):
        op.add_column(table, sa.Column("traceparent", sa.String(55)))


def downgrade() -> None:
    for table in ("jobs", "webhook_deliveries"):
        op.drop_column(table, "traceparent")
