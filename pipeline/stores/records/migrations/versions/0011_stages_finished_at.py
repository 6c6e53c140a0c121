"""stages that ended lately are found without a look at all that ever ended"""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_index("ix_stages_status_finished_at", "stages", ["status", "finished_at"])


def downgrade() -> None:
    op.drop_index("ix_stages_status_finished_at", "stages")
