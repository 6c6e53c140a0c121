"""How many bytes of uploaded files each workspace holds: a row for each, the sum of `size` over its revisions.

It is changed in the transaction that adds or removes the revisions and after them, so that it is their sum always.
"""

from sqlalchemy import BigInteger, Column, Connection, String, Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.stores.records.tables import metadata

stored_bytes = Table(
    "stored_bytes",
    metadata,
    Column("workspace_id", String(40), primary_key=True),
    Column("bytes", BigInteger, nullable=False),
)

_MINE = stored_bytes.c.workspace_id == bindparam("of_workspace")
_ADD = {
    dialect.dialect.name: insert.on_conflict_do_update(
        index_elements=["workspace_id"], set_={"bytes": stored_bytes.c.bytes + insert.excluded.bytes}
    ).returning(stored_bytes.c.bytes)
    for dialect in (postgresql, sqlite)
    for insert in [
        dialect.insert(stored_bytes).values(workspace_id=bindparam("of_workspace"), bytes=bindparam("of_size"))
    ]
}
_REMOVE = update(stored_bytes).where(_MINE).values(bytes=stored_bytes.c.bytes - bindparam("of_size"))
_STORED = select(stored_bytes.c.bytes).where(_MINE)


def add(connection: Connection, workspace_id: str, size: int) -> int:
    """Count a file of `size` bytes more; what is stored with it. Others of the workspace wait until we commit."""
    added = connection.execute(_ADD[connection.dialect.name], {"of_workspace": workspace_id, "of_size": size})
    return int(added.scalar_one())


def remove(connection: Connection, workspace_id: str, size: int) -> None:
    """So many bytes are stored no longer."""
    connection.execute(_REMOVE, {"of_workspace": workspace_id, "of_size": size})


def stored(connection: Connection, workspace_id: str) -> int:
    """What is stored now."""
    return int(connection.execute(_STORED, {"of_workspace": workspace_id}).scalar() or 0)


def of_workspaces(connection: Connection) -> dict[str, int]:
    """The same of every workspace that ever stored something, by its id."""
    return {id: int(size) for id, size in connection.execute(select(stored_bytes.c.workspace_id, stored_bytes.c.bytes))}
