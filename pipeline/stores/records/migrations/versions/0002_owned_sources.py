"""owned sources"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # A file noted before is taken for a copy of its document: its next change makes a document of its own.
    op.add_column("sources", sa.Column("owned", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("sources", "owned")
