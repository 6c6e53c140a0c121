"""generations of the index, which documents are in each, and whose chunks are whose"""

import sqlalchemy as sa
from alembic import op

from pipeline.stores.records.row_security import expose, protect

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "index_generations",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("embedder", sa.String(400), nullable=False),
        sa.Column("dimensions", sa.Integer(), nullable=False),
        sa.Column("chunking", sa.Integer(), nullable=False),
        sa.Column("terms", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(400), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("left_at", sa.Float()),
        sa.Column("builder", sa.String(120)),
        sa.Column("builder_until", sa.Float()),
        sa.Column("writing", sa.String(40)),
        sa.PrimaryKeyConstraint("number", name="pk_index_generations"),
    )
    op.create_table(
        "indexed_documents",
        sa.Column("document_id", sa.String(40), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(60)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.Float()),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_indexed_documents_document_id_documents"),
        sa.PrimaryKeyConstraint("document_id", "generation", name="pk_indexed_documents"),
    )
    op.add_column("chunks", sa.Column("generation", sa.Integer(), nullable=False, server_default="1"))
    op.create_index("ix_chunks_generation", "chunks", ["generation"])
    op.execute(
        "INSERT INTO indexed_documents (document_id, generation, workspace_id, revision, attempts) "
        "SELECT document_id, 1, workspace_id, MAX(revision), 0 FROM chunks GROUP BY document_id, workspace_id"
    )
    protect(op.get_bind(), "indexed_documents")


def downgrade() -> None:
    expose(op.get_bind(), "indexed_documents")
    op.execute("DELETE FROM chunks WHERE generation <> 1")
    op.drop_index("ix_chunks_generation", "chunks")
    op.drop_column("chunks", "generation")
    op.drop_table("indexed_documents")
    op.drop_table("index_generations")
