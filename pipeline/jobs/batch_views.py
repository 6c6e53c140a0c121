"""Batches as a client sees them, and their reports."""

from collections.abc import Collection, Iterator
from typing import cast

from sqlalchemy import Connection

from pipeline.errors import NotFound
from pipeline.jobs.views import Place, moment, optional_moment, optional_problem
from pipeline.services import Services
from pipeline.stores.records import batches
from pipeline.stores.records.batches import BatchFileRecord, BatchRecord
from schemas.batches import BatchFileView, BatchStatus, BatchView, FileStatus

OPEN = frozenset({"pending", "working"})
FILES_A_QUERY = 1_000
MAX_PATH_WIDTH = 100


def get_batch(services: Services, batch_id: str, *, workspace_id: str) -> BatchView:
    """One batch.

    Raises:
        NotFound: the workspace has none of that id.
    """
    with services.database.read() as connection:
        return _view(connection, _need(connection, workspace_id, batch_id))


def list_batches(
    services: Services, *, workspace_id: str, after: Place | None, limit: int
) -> tuple[list[BatchView], Place | None]:
    """Newest first, and where the next page begins."""
    with services.database.read() as connection:
        found = batches.list_batches(connection, workspace_id, after=after, limit=limit + 1)
        shown, more = found[:limit], len(found) > limit
        views = [_view(connection, record) for record in shown]
    return views, (shown[-1].created_at, shown[-1].id) if more else None


def list_files(
    services: Services,
    batch_id: str,
    *,
    workspace_id: str,
    statuses: Collection[str] | None,
    after: int,
    limit: int,
) -> tuple[list[BatchFileView], int | None]:
    """Files in the order they were listed, and the number behind which the next page begins.

    Raises:
        NotFound: the workspace has no such batch.
    """
    with services.database.read() as connection:
        _need(connection, workspace_id, batch_id)
        found = batches.list_batch_files(connection, batch_id, statuses=statuses, after=after, limit=limit + 1)
    shown = found[:limit]
    return [_file_view(file) for file in shown], shown[-1].number if len(found) > limit else None


def report_lines(services: Services, batch: BatchView) -> Iterator[bytes]:
    """JSON Lines: one file a line."""
    for file in _all_files(services, batch.id):
        yield _file_view(file).model_dump_json().encode() + b"\n"


def report_table(services: Services, batch: BatchView) -> Iterator[bytes]:
    """A table to be read by people: what became of each file, and the totals."""
    yield f"Batch {batch.id}: {batch.source} ({batch.pattern}), {batch.status}\n\n".encode()
    for file in _all_files(services, batch.id):
        problem = optional_problem(file.problem)
        why = f"  {problem.detail or problem.title}" if problem else ""
        yield f"{file.number:>6}  {file.status:<10}  {_printable(file.path)}{why}\n".encode(errors="replace")
    yield b"\n"
    for status, count in batch.files.items():
        yield f"{count:>6}  {status}\n".encode()


def _all_files(services: Services, batch_id: str) -> Iterator[BatchFileRecord]:
    after = 0
    while True:
        with services.database.read() as connection:
            files = batches.list_batch_files(connection, batch_id, after=after, limit=FILES_A_QUERY)
        if not files:
            return
        yield from files
        after = files[-1].number


def _printable(path: str) -> str:
    """A file's name may hold anything, even what moves a terminal's cursor."""
    shown = "".join(character if character.isprintable() else "�" for character in path)
    return shown if len(shown) <= MAX_PATH_WIDTH else "…" + shown[1 - MAX_PATH_WIDTH :]


def _need(connection: Connection, workspace_id: str, batch_id: str) -> BatchRecord:
    found = batches.get_batch(connection, batch_id, workspace_id=workspace_id)
    if found is None:
        raise NotFound(f"there is no batch {batch_id[:60]}", id=batch_id[:60])
    return found


def _view(connection: Connection, record: BatchRecord) -> BatchView:
    files = batches.count_batch_files(connection, record.id)
    total = sum(files.values())
    done = total - sum(files.get(status, 0) for status in OPEN)
    ended = record.finished_at is not None
    return BatchView(
        id=record.id,
        source=record.source,
        pattern=record.pattern,
        status=cast("BatchStatus", record.status),
        files=cast("dict[FileStatus, int]", files),
        progress=1.0 if ended else round(done / total, 4) if total else 0.0,
        created_at=moment(record.created_at),
        finished_at=optional_moment(record.finished_at),
        problem=optional_problem(record.problem),
    )


def _file_view(file: BatchFileRecord) -> BatchFileView:
    return BatchFileView(
        number=file.number,
        path=file.path,
        size=file.size,
        status=cast("FileStatus", file.status),
        document_id=file.document_id,
        job_id=file.job_id,
        problem=optional_problem(file.problem),
    )
