"""Whether the bytes that a workspace is said to store are those of its files, and setting that right."""

from pipeline.stores.records import audit, stored_bytes
from pipeline.stores.records.database import Database
from pipeline.stores.records.stored_bytes import Recount


def recount(database: Database, workspace_id: str, *, mend: bool, actor: str) -> Recount:
    """Hold the count against the files; with `mend` it is theirs from here on, should it differ.

    Exact while files come and go, and makes none of them wait.
    """
    while True:
        with database.read() as connection:
            database.take_time(connection)
            found = stored_bytes.recount(connection, workspace_id)
        if not (mend and found.differs) or _mended(database, workspace_id, found, actor):
            return found


def _mended(database: Database, workspace_id: str, found: Recount, actor: str) -> bool:
    with database.write(durable=True) as connection:
        mended = stored_bytes.mend(connection, workspace_id, found)
        if mended:
            audit.add_event(
                connection,
                workspace_id=workspace_id,
                actor=actor,
                action="workspace.recounted",
                object_id=workspace_id,
                counted=found.counted,
                stored=found.stored,
            )
    return mended
