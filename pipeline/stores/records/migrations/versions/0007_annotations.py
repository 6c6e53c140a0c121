"""annotations: extracted values that filters ask for"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "annotations",
        sa.Column("document_id", sa.String(40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_annotations_document_id_documents"),
        sa.PrimaryKeyConstraint("document_id", name="pk_annotations"),
    )


def downgrade() -> None:
    op.drop_table("annotations")
