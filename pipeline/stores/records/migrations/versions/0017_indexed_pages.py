"""pages that are found by their pictures, and with which model a generation of the index holds them"""

import sqlalchemy as sa
from alembic import op

from pipeline.stores.records.row_security import expose, protect

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "indexed_pages",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("document_id", sa.String(40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.JSON(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_indexed_pages_document_id_documents"),
        sa.PrimaryKeyConstraint("id", name="pk_indexed_pages"),
    )
    op.create_index("ix_indexed_pages_document_id", "indexed_pages", ["document_id"])
    op.create_index("ix_indexed_pages_generation", "indexed_pages", ["generation"])
    op.add_column("index_generations", sa.Column("pages", sa.String(400), nullable=False, server_default=""))
    op.add_column("index_generations", sa.Column("page_dimensions", sa.Integer(), nullable=False, server_default="0"))
    protect(op.get_bind(), "indexed_pages")


def downgrade() -> None:
    expose(op.get_bind(), "indexed_pages")
    op.drop_column("index_generations", "page_dimensions")
    op.drop_column("index_generations", "pages")
    op.drop_table("indexed_pages")
