"""Documents whose time is over: by the classes of their workspace, or because their result was read."""

from sqlalchemy import ColumnElement, Connection, Float, and_, exists, func, literal, or_, select, update

from pipeline.stores.records.documents import documents, revisions
from pipeline.stores.records.jobs import jobs
from pipeline.stores.records.tables import now
from pipeline.stores.records.workspaces import workspaces

DEFAULT = "default"
NONE = "none"
DAY_SECONDS = 86_400.0

_OPEN = exists().where(jobs.c.document_id == documents.c.id, jobs.c.finished_at.is_(None))
_ENDED = select(func.max(jobs.c.finished_at)).where(jobs.c.document_id == documents.c.id).scalar_subquery()
_PRESENT_SINCE = (
    select(revisions.c.created_at)
    .where(revisions.c.document_id == documents.c.id, revisions.c.number == documents.c.revision)
    .scalar_subquery()
)


def note_read(connection: Connection, document_id: str, *, finished_at: float | None) -> None:
    """The result of the job that finished then was read; only the document's last, and its first time, count."""
    first = or_(documents.c.read_at.is_(None), documents.c.read_at < _ENDED)
    connection.execute(
        update(documents)
        .where(documents.c.id == document_id, literal(finished_at, Float) >= _ENDED, first)
        .values(read_at=now())
    )


def overdue(connection: Connection, *, limit: int) -> list[tuple[str, str]]:
    """Workspace and id of documents that their class keeps no longer, and that nobody works on."""
    found: list[tuple[str, str]] = []
    for workspace_id, classes in connection.execute(select(workspaces.c.id, workspaces.c.retention)).all():
        for name, days in classes.items():
            of_class = documents.c.retention.is_(None) if name == DEFAULT else documents.c.retention == name
            since = now() - literal(days * DAY_SECONDS)
            # The first is implied by the second, and has an index.
            old = and_(documents.c.created_at < since, since > _PRESENT_SINCE)
            found += _find(connection, documents.c.workspace_id == workspace_id, of_class, old, limit=limit)
    return found[:limit]


def delivered(
    connection: Connection, *, after_read_seconds: float, after_end_seconds: float, limit: int
) -> list[tuple[str, str]]:
    """The same of documents of the class `none`: their last job ended, or was read after that, that long ago."""
    read = and_(documents.c.read_at >= _ENDED, documents.c.read_at < now() - literal(after_read_seconds))
    over = or_(read, now() - literal(after_end_seconds) > _ENDED)
    return _find(connection, documents.c.retention == NONE, over, limit=limit)


def _find(connection: Connection, *where: ColumnElement[bool], limit: int) -> list[tuple[str, str]]:
    query = (
        select(documents.c.workspace_id, documents.c.id)
        .where(*where, documents.c.deleted_at.is_(None), ~_OPEN)
        .order_by(documents.c.created_at)
        .limit(limit)
    )
    return [(str(workspace_id), str(id)) for workspace_id, id in connection.execute(query)]
