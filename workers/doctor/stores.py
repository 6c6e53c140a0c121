"""Whether the stores are there and have room: disk, bucket, database, vectors, and how far the index is."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.errors import BlobMissing, SheafError
from pipeline.settings import EdgeVectors, FolderBlobs, S3Blobs, Settings
from pipeline.stores.records import generations
from pipeline.stores.records.database import Database
from workers.doctor.checks import Check, Part, part_check, server_check
from workers.exposure import ROW_SECURITY, Exposure, readable_keys, unheld_role

GIB = 1024**3


def stores(settings: Settings) -> Iterator[Check]:
    """Those that are configured; servers are asked."""
    yield _disk(settings)
    yield from _bucket(settings)
    yield from _database(settings)
    yield _vectors(settings)
    yield from (_exposed(found) for found in readable_keys(settings))
    yield from _index(settings)


def _disk(settings: Settings) -> Check:
    chosen = settings.blobs.path if isinstance(settings.blobs, FolderBlobs) else None
    folder = _existing(chosen or settings.data_dir)
    free = shutil.disk_usage(folder).free
    enough = free > settings.blobs.reserve_bytes
    return Check(
        name="disk",
        state="ok" if enough else "missing",
        detail=f"{free / GIB:.1f} GiB free in {folder}, {settings.blobs.reserve_bytes / GIB:.1f} GiB kept in reserve",
        cost="" if enough else "uploads are refused",
    )


def _bucket(settings: Settings) -> Iterator[Check]:
    """Whether an object can be asked for with the keys that are set; a folder of files is told with its disk."""
    chosen = settings.blobs
    if not isinstance(chosen, S3Blobs):
        return
    name, cost = "bucket", "uploads are refused, and what is stored cannot be read"
    if find_spec("obstore") is None:
        detail = "obstore is not installed; install the extra s3"
        yield Check(name=name, state="missing", detail=detail, cost="the service does not start")
        return
    where = f"{chosen.bucket} at {chosen.endpoint or chosen.region}"
    if chosen.endpoint is not None:
        address = urlsplit(chosen.endpoint)
        listening = server_check(name, chosen.endpoint, 443 if address.scheme == "https" else 80, cost)
        if listening.state != "ok":
            yield listening
            return
    from pipeline.stores.s3 import S3Blobs as Bucket

    try:
        with tempfile.TemporaryDirectory() as spool:
            Bucket(chosen, Path(spool)).get("doctor/looks-for-nothing")
    except BlobMissing:
        pass  # the bucket has answered, and has no such object
    except SheafError as error:
        yield Check(name=name, state="missing", detail=f"{where}: {error.message}", cost=cost)
        return
    yield Check(name=name, state="ok", detail=f"{where} answers")


def _existing(path: Path) -> Path:
    path = path.absolute()
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


def _database(settings: Settings) -> Iterator[Check]:
    if settings.database_url is None:
        yield Check(name="database", state="ok", detail=f"SQLite in {settings.data_dir}")
        return
    url = settings.database_address
    if urlsplit(url).hostname:
        check = server_check("database", url, 5432, "the service does not start")
        if check.state != "ok":
            yield check
            return
    try:
        with closing(Database(url)) as database:
            found = unheld_role(database)
    except (SheafError, ModuleNotFoundError) as error:
        yield Check(name="database", state="missing", detail=str(error), cost="the service does not start")
        return
    yield Check(name="database", state="ok", detail=f"{database.url.render_as_string()} answers")
    if found is None and not database.sqlite:
        yield Check(name=ROW_SECURITY, state="ok", detail=f"it holds the role {database.url.username}")
    if found is not None:
        yield _exposed(found)


def _exposed(found: Exposure) -> Check:
    return Check(name=found.name, state="off", detail=found.detail, cost=found.cost)


def _vectors(settings: Settings) -> Check:
    if isinstance(settings.vectors, EdgeVectors):
        part = Part(
            name="vectors", distribution="qdrant-edge-py", module="qdrant_edge", cost="the service does not start"
        )
        return part_check(part, "missing")
    return server_check("vectors", settings.vectors.url, 6333, "no search and no answers; indexing waits")


def _index(settings: Settings) -> Iterator[Check]:
    """Whether an index is being filled beside the one in use, and how far that has come."""
    file = settings.database_file
    if file is not None and not file.is_file():
        return
    try:
        with closing(Database(settings.database_address)) as database, database.read() as connection:
            if not generations.are_known(connection):
                return
            rows = {row.status: row for row in generations.list_generations(connection)}
            found = generations.present_progress(connection)
            left_out = generations.left_out(connection, rows["active"].number) if "active" in rows else 0
    except (SheafError, ModuleNotFoundError):
        return  # the database has a line of its own
    if found is not None:
        detail = f"{found.done} of {found.total} documents are embedded anew by {rows['building'].embedder}"
        if found.failed:
            detail += f"; {found.failed} failed, which `sheaf index list` names"
        lost = rows["active"].form == rows["building"].form
        cost = (
            "its points were lost: searches find only those until all are"
            if lost
            else f"searches go on in the index of {rows['active'].embedder} until all are"
        )
        yield Check(name="index", state="missing" if found.failed else "off", detail=detail, cost=cost)
    elif "active" in rows:
        detail = f"generation {rows['active'].number}, by {rows['active'].embedder}"
        if left_out:
            detail += f"; {left_out} documents left out, which `sheaf index list` names"
            cost = "they are not found, or not by their pages' pictures, until the task `index` succeeds for them"
            yield Check(name="index", state="missing", detail=detail, cost=cost)
        else:
            yield Check(name="index", state="ok", detail=detail)
