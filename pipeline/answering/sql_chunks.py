"""The ports `ChunkSource` and `PageSource` on the records."""

from collections.abc import Collection, Hashable, Mapping, Sequence

from pipeline.filtering.conditions import Facts
from pipeline.stores.records.annotations import facts_of
from pipeline.stores.records.chunks import ChunkRecord, editions, find_chunks
from pipeline.stores.records.database import Database
from pipeline.stores.records.pages import PageRecord, find_pages


class SqlChunks:
    """Looks chunks up in the database; what is deleted, foreign or replaced is not there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def chunks(self, workspace_id: str, ids: Sequence[str]) -> Mapping[str, ChunkRecord]:
        """Those of the ids that may be shown."""
        with self._database.read() as connection:
            return {chunk.id: chunk for chunk in find_chunks(connection, workspace_id, ids)}

    def pages(self, workspace_id: str, ids: Sequence[str]) -> Mapping[str, PageRecord]:
        """Those of the ids that are pages of the workspace's present documents."""
        with self._database.read() as connection:
            return {page.id: page for page in find_pages(connection, workspace_id, ids)}

    def facts(self, workspace_id: str, document_ids: Collection[str]) -> Mapping[str, Facts]:
        """What conditions can ask of the workspace's present documents among these."""
        with self._database.read() as connection:
            return facts_of(connection, workspace_id, document_ids, indexed=True)

    def editions(self, workspace_id: str, document_ids: Collection[str]) -> Mapping[str, Hashable]:
        """For those of the workspace's present documents among these that have chunks, what changes with the chunks."""
        with self._database.read() as connection:
            return editions(connection, workspace_id, document_ids)
