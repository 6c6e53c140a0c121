"""The port `ChunkSource` on the records."""

from collections.abc import Mapping, Sequence

from pipeline.stores.records.chunks import ChunkRecord, find_chunks
from pipeline.stores.records.database import Database


class SqlChunks:
    """Looks chunks up in the database; what is deleted, foreign or outdated is not there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def chunks(self, workspace_id: str, ids: Sequence[str]) -> Mapping[str, ChunkRecord]:
        """Those of the ids that may be shown."""
        with self._database.read() as connection:
            return {chunk.id: chunk for chunk in find_chunks(connection, workspace_id, ids)}
