"""What points of the index stand for, chunks and pages alike, and the points that stand for nothing any more."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, Connection, ForeignKey, Index, RowMapping, Select, String, Table, delete, insert, select

from pipeline.stores.records.documents import documents
from pipeline.stores.records.tables import metadata, unindexed

stale_points = Table(
    "stale_points",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("workspace_id", String(40), nullable=False),
    Column("document_id", String(40), ForeignKey("documents.id"), nullable=False),
    Index(None, "document_id"),
)
"""Points whose chunks are gone; nobody finds them, and they are to be removed from the vector store."""
STALE_COLUMNS = ("id", "workspace_id", "document_id")


def rewrite(
    connection: Connection, table: Table, document_id: str, rows: list[dict[str, Any]], *, generation: int
) -> list[dict[str, Any]]:
    """The document's rows in a generation of the index are these and no others; the points of those there were."""
    mine = (table.c.document_id == document_id) & (table.c.generation == generation)
    before = connection.execute(_points(table).where(mine)).mappings().all()
    connection.execute(delete(table).where(mine))
    if rows:
        connection.execute(insert(table), [{**row, "generation": generation} for row in rows])
    return [dict(row) for row in before]


def find_present(
    connection: Connection, table: Table, workspace_id: str, ids: Collection[str]
) -> Collection[RowMapping]:
    """Rows by id with their documents' names, only those of the workspace's present documents."""
    query = (
        select(*(column for column in table.c if column.name != "generation"), documents.c.name.label("document_name"))
        .join(documents, documents.c.id == table.c.document_id)
        .where(
            table.c.id.in_(list(ids)),
            table.c.workspace_id == workspace_id,
            unindexed(documents.c.workspace_id) == workspace_id,
            documents.c.deleted_at.is_(None),
        )
    )
    return connection.execute(query).mappings().all()


def ids_of(connection: Connection, table: Table, document_id: str, generation: int | None = None) -> list[str]:
    """Ids of a document's rows, in one generation of the index or in all, in order."""
    query = select(table.c.id).where(table.c.document_id == document_id).order_by(table.c.number)
    if generation is not None:
        query = query.where(table.c.generation == generation)
    return list(connection.execute(query).scalars())


def drop_earlier(connection: Connection, table: Table, document_id: str) -> None:
    """Forget the rows of earlier revisions: the present one has none to take their place."""
    present = select(documents.c.revision).where(documents.c.id == document_id).scalar_subquery()
    outdated = (table.c.document_id == document_id) & (table.c.revision < present)
    connection.execute(insert(stale_points).from_select(list(STALE_COLUMNS), _points(table).where(outdated)))
    connection.execute(delete(table).where(outdated))


def _points(table: Table) -> Select[Any]:
    return select(*(table.c[name] for name in STALE_COLUMNS))
