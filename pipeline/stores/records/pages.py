"""Pages that are found by their pictures. SQL says which there are; vectors only point here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, Connection, ForeignKey, Index, Integer, String, Table, delete, insert, select

from pipeline.stores.records.chunks import STALE_COLUMNS, forget_stale, note_stale, stale_points
from pipeline.stores.records.documents import documents
from pipeline.stores.records.tables import metadata, records

indexed_pages = Table(
    "indexed_pages",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("workspace_id", String(40), nullable=False),
    Column("document_id", String(40), ForeignKey("documents.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("chunks", JSON, nullable=False),
    Column("generation", Integer, nullable=False),
    Index(None, "document_id"),
    Index(None, "generation"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PageRecord:
    """A page of a document that is there."""

    id: str
    workspace_id: str
    document_id: str
    document_name: str
    revision: int
    number: int
    """Counted from 1."""
    chunks: Sequence[str]
    """Ids of the chunks that stand on it, in reading order."""


_SHOWN = [column for column in indexed_pages.c if column.name != "generation"]


def replace_pages(connection: Connection, document_id: str, rows: list[dict[str, Any]], *, generation: int) -> None:
    """The document's pages in a generation of the index are these and no others; a row has the table's columns.

    Points of those that are none any more become stale.
    """
    mine = (indexed_pages.c.document_id == document_id) & (indexed_pages.c.generation == generation)
    before = connection.execute(_stale_columns().where(mine)).mappings().all()
    connection.execute(delete(indexed_pages).where(mine))
    if rows:
        connection.execute(insert(indexed_pages), [{**row, "generation": generation} for row in rows])
    live = {row["id"] for row in rows}
    forget_stale(connection, live)
    note_stale(connection, document_id, [dict(row) for row in before if row["id"] not in live])


def find_pages(connection: Connection, workspace_id: str, ids: Collection[str]) -> list[PageRecord]:
    """Pages by id, only those of the workspace's present documents."""
    query = (
        select(*_SHOWN, documents.c.name.label("document_name"))
        .join(documents, documents.c.id == indexed_pages.c.document_id)
        .where(
            indexed_pages.c.id.in_(list(ids)),
            indexed_pages.c.workspace_id == workspace_id,
            documents.c.workspace_id == workspace_id,
            documents.c.deleted_at.is_(None),
        )
    )
    return records(PageRecord, connection.execute(query).mappings())


def page_ids(connection: Connection, document_id: str, generation: int) -> list[str]:
    """Ids of a document's pages in one generation of the index, in order."""
    of = indexed_pages.c
    query = select(of.id).where(of.document_id == document_id, of.generation == generation).order_by(of.number)
    return list(connection.execute(query).scalars())


def drop_outdated_pages(connection: Connection, document_id: str) -> None:
    """Forget the pages of earlier revisions: the present one has none to take their place."""
    present = select(documents.c.revision).where(documents.c.id == document_id).scalar_subquery()
    outdated = (indexed_pages.c.document_id == document_id) & (indexed_pages.c.revision < present)
    connection.execute(insert(stale_points).from_select(list(STALE_COLUMNS), _stale_columns().where(outdated)))
    connection.execute(delete(indexed_pages).where(outdated))


def delete_pages(connection: Connection, document_id: str) -> None:
    """Remove a deleted document's pages."""
    connection.execute(delete(indexed_pages).where(indexed_pages.c.document_id == document_id))


def forget_pages(connection: Connection, generation: int) -> None:
    """Remove all pages of a generation."""
    connection.execute(delete(indexed_pages).where(indexed_pages.c.generation == generation))


def _stale_columns() -> Any:  # noqa: ANN401 - SQLAlchemy's clause
    return select(*(indexed_pages.c[name] for name in STALE_COLUMNS))
