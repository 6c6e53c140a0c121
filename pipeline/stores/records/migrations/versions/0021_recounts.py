"""how often what a workspace stores was counted anew, so that nobody sets right what another has"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("stored_bytes", sa.Column("recounts", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("stored_bytes", "recounts")
