"""How many bytes of uploaded files each workspace holds: a row for each, the sum of `size` over its revisions.

It is changed in the transaction that adds or removes the revisions and after them, so that it is their sum always;
`recount` and `mend` are for a database that somebody else wrote to.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.stores.records.documents import documents, revisions
from pipeline.stores.records.tables import metadata

stored_bytes = Table(
    "stored_bytes",
    metadata,
    Column("workspace_id", String(40), primary_key=True),
    Column("bytes", BigInteger, nullable=False),
    Column("recounts", Integer, nullable=False, server_default="0"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recount:
    """What was counted as files came and went, and what those have that were there at that moment."""

    counted: int
    stored: int
    recounts: int
    """How often the count had been set right before."""

    @property
    def differs(self) -> bool:
        """Whether uploads are held to a wrong number."""
        return self.counted != self.stored


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
_SUM = (
    select(func.coalesce(func.sum(revisions.c.size), 0))
    .join(documents, documents.c.id == revisions.c.document_id)
    .where(documents.c.workspace_id == bindparam("of_workspace"))
)
# One statement, which sees one state of the database.
_RECOUNT = select(
    func.coalesce(_STORED.scalar_subquery(), 0),
    _SUM.scalar_subquery(),
    func.coalesce(select(stored_bytes.c.recounts).where(_MINE).scalar_subquery(), 0),
)
_MEND = (
    update(stored_bytes)
    .where(_MINE, stored_bytes.c.recounts == bindparam("seen"))
    .values(bytes=stored_bytes.c.bytes + bindparam("more"), recounts=stored_bytes.c.recounts + 1)
)


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


def recount(connection: Connection, workspace_id: str) -> Recount:
    """The count beside what it stands for, at one moment; a look at every file's row."""
    counted, size, recounts = connection.execute(_RECOUNT, {"of_workspace": workspace_id}).one()
    return Recount(counted=int(counted), stored=int(size), recounts=recounts)


def mend(connection: Connection, workspace_id: str, found: Recount) -> bool:
    """Set right what differed; `False`, and nothing is changed, where somebody has done so meanwhile.

    Files that came and went since were counted on top: they do not change by how much the count is wrong.
    """
    add(connection, workspace_id, 0)
    change = {"of_workspace": workspace_id, "seen": found.recounts, "more": found.stored - found.counted}
    return connection.execute(_MEND, change).rowcount == 1
