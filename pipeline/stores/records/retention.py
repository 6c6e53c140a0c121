"""Documents whose time is over: by the classes of their workspace, or because their result was read."""

from sqlalchemy import ColumnElement, Connection, exists, func, literal, or_, select, update

from pipeline.stores.records.documents import documents
from pipeline.stores.records.jobs import jobs
from pipeline.stores.records.tables import now
from pipeline.stores.records.workspaces import workspaces

DEFAULT = "default"
NONE = "none"
DAY_SECONDS = 86_400.0

_OPEN = exists().where(jobs.c.document_id == documents.c.id, jobs.c.finished_at.is_(None))
_ENDED = select(func.max(jobs.c.finished_at)).where(jobs.c.document_id == documents.c.id).scalar_subquery()


def note_read(connection: Connection, document_id: str) -> None:
    """The result was read; only the first time counts."""
    first = (documents.c.id == document_id) & documents.c.read_at.is_(None)
    connection.execute(update(documents).where(first).values(read_at=now()))


def overdue(connection: Connection, *, limit: int) -> list[tuple[str, str]]:
    """Workspace and id of documents that their class keeps no longer, and that nobody works on."""
    found: list[tuple[str, str]] = []
    for workspace_id, classes in connection.execute(select(workspaces.c.id, workspaces.c.retention)).all():
        for name, days in classes.items():
            of_class = documents.c.retention.is_(None) if name == DEFAULT else documents.c.retention == name
            old = documents.c.created_at < now() - literal(days * DAY_SECONDS)
            found += _find(connection, documents.c.workspace_id == workspace_id, of_class, old, limit=limit)
    return found[:limit]


def delivered(
    connection: Connection, *, after_read_seconds: float, after_end_seconds: float, limit: int
) -> list[tuple[str, str]]:
    """The same of documents of the class `none`: read, or ended, that long ago."""
    over = or_(documents.c.read_at < now() - literal(after_read_seconds), now() - literal(after_end_seconds) > _ENDED)
    return _find(connection, documents.c.retention == NONE, over, limit=limit)


def _find(connection: Connection, *where: ColumnElement[bool], limit: int) -> list[tuple[str, str]]:
    query = (
        select(documents.c.workspace_id, documents.c.id)
        .where(*where, documents.c.deleted_at.is_(None), ~_OPEN)
        .order_by(documents.c.created_at)
        .limit(limit)
    )
    return [(str(workspace_id), str(id)) for workspace_id, id in connection.execute(query)]
