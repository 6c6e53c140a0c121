"""Pages that are found by their pictures. SQL says which there are; vectors only point here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, Connection, ForeignKey, Index, Integer, String, Table, delete

from pipeline.stores.records.chunks import forget_stale, note_stale
from pipeline.stores.records.indexed import drop_earlier, find_present, ids_of, rewrite
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


def replace_pages(connection: Connection, document_id: str, rows: list[dict[str, Any]], *, generation: int) -> None:
    """The document's pages in a generation of the index are these and no others; a row has the table's columns.

    Points of those that are none any more become stale.
    """
    before = rewrite(connection, indexed_pages, document_id, rows, generation=generation)
    live = {row["id"] for row in rows}
    forget_stale(connection, live)
    note_stale(connection, document_id, [row for row in before if row["id"] not in live])


def find_pages(connection: Connection, workspace_id: str, ids: Collection[str]) -> list[PageRecord]:
    """Pages by id, only those of the workspace's present documents."""
    return records(PageRecord, find_present(connection, indexed_pages, workspace_id, ids))


def page_ids(connection: Connection, document_id: str, generation: int) -> list[str]:
    """Ids of a document's pages in one generation of the index, in order."""
    return ids_of(connection, indexed_pages, document_id, generation)


def drop_outdated_pages(connection: Connection, document_id: str) -> None:
    """Forget the pages of earlier revisions: the present one has none to take their place."""
    drop_earlier(connection, indexed_pages, document_id)


def delete_pages(connection: Connection, document_id: str) -> None:
    """Remove a deleted document's pages."""
    connection.execute(delete(indexed_pages).where(indexed_pages.c.document_id == document_id))


def forget_pages(connection: Connection, generation: int) -> None:
    """Remove all pages of a generation."""
    connection.execute(delete(indexed_pages).where(indexed_pages.c.generation == generation))
