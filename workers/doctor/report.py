"""Looks at what this installation is made of: which engines, models and servers are configured, there, and in use."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.errors import BlobMissing, SettingsError, SheafError
from pipeline.reading.child.sandbox import Sandbox
from pipeline.settings import EdgeVectors, FolderBlobs, MemoryDoorbell, NoTracing, S3Blobs, Settings
from pipeline.stores.records import generations
from pipeline.stores.records.database import Database
from workers.doctor.checks import Check, Part, is_installed, part_check, server_check
from workers.doctor.models import models
from workers.exposure import ROW_SECURITY, Exposure, readable_keys, unheld_role

OLDEST, NEWEST = (3, 11), (3, 13)
GIB = 1024**3

ENGINES = (
    Part(name="PDF", distribution="pymupdf", module="pymupdf", cost="no PDF can be read"),
    Part(name="images", distribution="pillow", module="PIL", cost="no image and no scanned page can be read"),
    Part(name="HEIC images", distribution="pillow_heif", module="pillow_heif", cost="photos of phones are refused"),
    Part(name="OCR", distribution="rapidocr", module="rapidocr", cost="scans and photos hold no text"),
    Part(name="audio decoding", distribution="av", module="av", cost="recordings are refused"),
    Part(name="Word", distribution="python-docx", module="docx", cost="DOCX files are refused"),
    Part(name="PowerPoint", distribution="python-pptx", module="pptx", cost="PPTX files are refused"),
    Part(name="Excel", distribution="openpyxl", module="openpyxl", cost="XLSX files are refused"),
    Part(name="HTML and mail", distribution="lxml", module="lxml", cost="HTML and Office files are refused"),
    Part(name="Markdown", distribution="markdown-it-py", module="markdown_it", cost="Markdown is refused"),
    Part(name="safe patterns", distribution="google-re2", module="re2", cost="`pattern` in schemas is refused"),
)

EXTRAS = (
    Part(name="extra mcp", distribution="mcp", module="mcp", cost="no `sheaf mcp` for assistants"),
    Part(name="extra redis", distribution="redis", module="redis", cost="all workers run in one process"),
    Part(name="extra postgres", distribution="psycopg", module="psycopg", cost="SQLite only: one host"),
    Part(name="extra qdrant", distribution="qdrant-client", module="qdrant_client", cost="Qdrant Edge only: one host"),
    Part(name="extra s3", distribution="obstore", module="obstore", cost="files lie in a folder, not in a bucket"),
    Part(
        name="extra whisper",
        distribution="faster-whisper",
        module="faster_whisper",
        cost="the service's own process has a small recognizer of speech only",
    ),
    Part(
        name="extra transformers", distribution="transformers", module="transformers", cost="chat models are servers'"
    ),
    Part(name="extra otel", distribution="opentelemetry-sdk", module="opentelemetry.sdk", cost="nothing is traced"),
)


def report(settings: Settings) -> list[Check]:
    """Every check, in the order a person wants to read them. Starts a parser child; asks configured servers only."""
    return [*parts(settings), *walls(settings)]


def parts(settings: Settings) -> list[Check]:
    """Python, stores, engines, models and what could be installed besides."""
    return [
        _python(),
        _disk(settings),
        *_bucket(settings),
        *_database(settings),
        _vectors(settings),
        *(_exposed(found) for found in readable_keys(settings)),
        *_index(settings),
        _doorbell(settings),
        _tracing(settings),
        *(part_check(part, "missing") for part in ENGINES),
        *models(settings),
        *(part_check(part, "off") for part in EXTRAS),
    ]


def _python() -> Check:
    version = sys.version_info[:2]
    fits = OLDEST <= version <= NEWEST
    return Check(
        name="Python",
        state="ok" if fits else "missing",
        detail=sys.version.split()[0],
        cost="" if fits else "only 3.11 to 3.13 are tested",
    )


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
    url = settings.database_url.get_secret_value()
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
    url = settings.database_url
    if url is None and not (settings.data_dir / "sheaf.db").is_file():
        return
    try:
        database = Database(f"sqlite:///{settings.data_dir / 'sheaf.db'}" if url is None else url.get_secret_value())
        try:
            with database.read() as connection:
                if not generations.are_known(connection):
                    return
                rows = {row.status: row for row in generations.list_generations(connection)}
                found = generations.present_progress(connection)
        finally:
            database.close()
    except (SheafError, ModuleNotFoundError):
        return  # the database has a line of its own
    if found is not None:
        detail = f"{found.done} of {found.total} documents are embedded anew by {rows['building'].embedder}"
        if found.failed:
            detail += f"; {found.failed} failed, which `sheaf index list` names"
        cost = f"searches go on in the index of {rows['active'].embedder} until all are"
        yield Check(name="index", state="missing" if found.failed else "off", detail=detail, cost=cost)
    elif "active" in rows:
        yield Check(
            name="index", state="ok", detail=f"generation {rows['active'].number}, by {rows['active'].embedder}"
        )


def _doorbell(settings: Settings) -> Check:
    if isinstance(settings.doorbell, MemoryDoorbell):
        return Check(name="doorbell", state="ok", detail="in memory: workers are threads of the service")
    url = settings.doorbell.url.get_secret_value()
    return server_check("doorbell", url, 6379, "work is found by the sweeper only, a little later")


def _tracing(settings: Settings) -> Check:
    """Whether somebody listens where spans are sent."""
    name = "traces"
    if isinstance(settings.tracing, NoTracing):
        return Check(
            name=name, state="off", detail="none are made", cost="where a job's time goes is told by logs only"
        )
    if not is_installed("opentelemetry.sdk"):
        detail = "opentelemetry-sdk is not installed; install the extra otel"
        return Check(name=name, state="missing", detail=detail, cost="the service does not start")
    from pipeline.tracing import otel

    try:
        otel.exporting_tracer().close()
    except SettingsError as error:
        return Check(name=name, state="missing", detail=error.message, cost="the service does not start")
    endpoint = otel.destination()
    if endpoint is None:
        return Check(name=name, state="ok", detail="not sent by OTLP (OTEL_TRACES_EXPORTER)")
    return server_check(
        name, endpoint, 443 if endpoint.startswith("https:") else 80, "traces are lost; nothing waits for them"
    )


def walls(settings: Settings) -> list[Check]:
    """What stands around a parser child, tried from inside one."""
    sandbox = Sandbox(settings.sandbox)
    try:
        found = sandbox.confinement()
    except SheafError as error:
        return [Check(name="parser child", state="missing", detail=error.message, cost="no document can be read")]
    finally:
        sandbox.close()
    return [_wall(name, stands=stands) for name, stands in found.items()]


def _wall(name: str, *, stands: bool) -> Check:
    detail = "it stands" if stands else "this kernel, or a container around us, does not offer it"
    cost = "" if stands else "a hostile file that takes over its parser meets one wall less"
    return Check(name=f"parser child: {name}", state="ok" if stands else "off", detail=detail, cost=cost)
