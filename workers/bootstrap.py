"""The one place where ports meet adapters."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from celery import Celery

from pipeline.access.operating import Operator
from pipeline.access.secrets import SecretBox
from pipeline.delivery.addresses import parse_openings
from pipeline.delivery.sender import Sender
from pipeline.errors import ModelUnavailable, SettingsError
from pipeline.indexing.form import form
from pipeline.jobs.doorbell import Queue
from pipeline.jobs.generations import OpenGenerations
from pipeline.model_settings import (
    AnyEmbedder,
    ChatSettings,
    ChatTranscriber,
    CrossEncoderReranker,
    MiniLMEmbedder,
    MoonshineTranscriber,
    NoPageEmbedder,
    OpenAIChatModel,
    OpenAIEmbedder,
    OpenAITranscriber,
    PocketSphinxTranscriber,
    ScriptedChatModel,
    ServerReranker,
    TransformersChatModel,
    WhisperTranscriber,
)
from pipeline.models.absent import AbsentEmbedder
from pipeline.models.chat import ChatModel
from pipeline.models.embedding import Embedder
from pipeline.models.feeding import Feeder, at_once, documents_at_once
from pipeline.models.minilm import MiniLM
from pipeline.models.page_embedding import PageEmbedder
from pipeline.models.rerank import Reranker
from pipeline.models.spending import Priced
from pipeline.models.traced import (
    traced_chat,
    traced_embedder,
    traced_page_embedder,
    traced_reranker,
    traced_transcriber,
)
from pipeline.models.transcription import Transcriber
from pipeline.reading.child.on_demand import OnDemand
from pipeline.reading.child.sandbox import Sandbox
from pipeline.reading.reader import Reader
from pipeline.services import Services
from pipeline.settings import EdgeVectors, FolderBlobs, Jobs, NoTracing, QdrantVectors, Settings
from pipeline.stores.absent import AbsentVectors
from pipeline.stores.blobs import Blobs
from pipeline.stores.pages import PageVectors
from pipeline.stores.records.database import Database
from pipeline.stores.vectors import Vectors
from pipeline.tracing.spans import NO_TRACER, Tracer
from workers.celery_app import CeleryDoorbell, QueueSlots, make_app
from workers.exposure import exposures
from workers.recognizer import Recognizer, recognizer

log = logging.getLogger("sheaf.workers")

INFER_THREADS = 2
"""Where there is no chat model: rules take a processor each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """A wired process: its services, and what its worker consumes from."""

    services: Services
    app: Celery
    slots: QueueSlots


def build(settings: Settings, *, owns_index: bool = True) -> Process:
    """Wire a process; one that does not own the index leaves an embedded one to the process that does.

    A worker opens a server's index where it works on the queue `index`; one without an index loads no embedding model.
    The parser's zygote is started first, before any thread of ours.

    Raises:
        SettingsError: an adapter cannot be made as the settings say.
        VectorsLocked: another process owns the vector store.
        ModelUnavailable: the embedding model is not installed.
    """
    parse_openings(settings.webhooks.allow)  # a wrong entry is to be said now, not at the first webhook
    _make_data_folder(settings)
    with ExitStack() as opened:
        sandbox = Sandbox(settings.sandbox)
        opened.callback(sandbox.close)
        if owns_index or any(queue_sizes(settings.jobs).values()):  # who only sweeps reads no files
            sandbox.start()
        with _needing("postgres", "database_url"):
            database = Database(settings.database_address)
        opened.callback(database.close)
        database.migrate()
        for exposure in exposures(settings, database):
            log.warning("%s: %s; %s", exposure.name, exposure.detail, exposure.cost)
        tracer = _tracer(settings)
        opened.callback(tracer.close)
        process = _wire(settings, sandbox, database, tracer, owns_index=owns_index)
        opened.pop_all()  # from here on `close` is for that
    return process


def _wire(settings: Settings, sandbox: Sandbox, database: Database, tracer: Tracer, *, owns_index: bool) -> Process:
    if settings.doorbell.kind == "redis" and find_spec("redis") is None:
        raise _missing("redis", "doorbell.kind", "redis")  # Celery says so later, and not in these words
    app = make_app(settings.doorbell)
    chat = _chat(settings.chat, tracer)
    slots = QueueSlots(queue_sizes(settings.jobs, _parallel(settings.chat, chat)))
    indexes = owns_index or (settings.vectors.kind != "edge" and "index" in slots.queues)
    embedder = _embedder(settings, settings.embedder, tracer) if indexes else AbsentEmbedder()
    hearing = recognizer(settings)
    if hearing.lacking is not None:
        log.warning("recordings are transcribed by %s: %s", hearing.chosen.kind, hearing.lacking)
    settings = settings.model_copy(update={"transcriber": hearing.chosen})  # what reading once more depends on
    transcriber = traced_transcriber(_transcriber(hearing, sandbox), tracer, hearing.chosen.kind)
    services = Services(
        settings=settings,
        database=database,
        blobs=_blobs(settings),
        doorbell=CeleryDoorbell(app, slots if settings.doorbell.kind == "memory" else None),
        embedder=embedder,
        sandbox=sandbox,
        on_demand=OnDemand(sandbox, settings.sandbox.request_children),
        reader=Reader(sandbox, transcriber, settings.reading),
        secrets=_secrets(settings),
        sender=Sender(settings.webhooks),
        transcriber=transcriber,
        chat=chat,
        chat_small=_chat(settings.chat_small, tracer),
        reranker=traced_reranker(_reranker(settings), tracer),
        tracer=tracer,
        vectors=AbsentVectors(),
    )
    if indexes:
        # The last one, since what may not be shared is to be let go of when another part cannot be made.
        before = form(MiniLM.name, MiniLM.dimensions)
        pages = _page_embedder(settings, tracer)
        several = OpenGenerations(database, _Openings(settings, tracer), embedder, before, pages)
        services = replace(services, vectors=several.vectors, several=several)
    return Process(services=services, app=app, slots=slots)


def queue_sizes(jobs: Jobs, parallel: int | None = None) -> dict[Queue, int]:
    """How many threads of a process work on each queue; `parallel` requests keep the chat model busy."""
    infer = jobs.infer_threads
    if infer is None:
        infer = INFER_THREADS if parallel is None else documents_at_once(parallel)
    return {
        "read": jobs.read_threads,
        "infer": infer,
        "index": jobs.index_threads,
        "deliver": jobs.deliver_threads,
    }


def migrate(settings: Settings) -> None:
    """Bring the tables to this version's form, as the role that owns them; services then need not be it.

    Raises:
        SettingsError: the database cannot be used as the settings say, or the role may not change its tables.
        DatabaseUnavailable: it does not answer.
    """
    if settings.database_url is None:
        _make_data_folder(settings)
    with _needing("postgres", "database_url"):
        database = Database(settings.database_address)
    with closing(database):
        database.migrate()


@contextmanager
def operating(settings: Settings) -> Iterator[Operator]:
    """What changes workspaces without a running service, or beside one.

    Raises:
        SettingsError: the database cannot be used as the settings say.
    """
    _make_data_folder(settings)
    with _needing("postgres", "database_url"):
        database = Database(settings.database_address)
    with closing(database):
        database.migrate()
        yield Operator(database, _secrets(settings), settings.limits)


def _secrets(settings: Settings) -> SecretBox:
    return SecretBox.open(settings.access.master_key_path or settings.data_dir / "master.key")


def close(services: Services) -> None:
    """Let go of everything that `build` opened."""
    services.vectors.close()
    for model in (services.chat, services.chat_small):
        if model is not None:
            model.close()
    services.sandbox.close()
    services.database.close()
    services.tracer.close()


def _make_data_folder(settings: Settings) -> None:
    """Documents lie in it: where we make it, it is its owner's alone."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(f"data_dir: {folder} is no folder that can be made: {error.strerror}") from error


def _blobs(settings: Settings) -> Blobs:
    chosen = settings.blobs
    if isinstance(chosen, FolderBlobs):
        from pipeline.stores import folder

        return folder.FolderBlobs(chosen.path or settings.data_dir / "blobs", chosen.reserve_bytes)
    with _needing("s3", "blobs.kind"):
        from pipeline.stores import s3
    return s3.S3Blobs(chosen, settings.data_dir / "spool")


class _Openings:
    """How generations of the index are opened. Vectors of different models cannot be compared: each has a place."""

    def __init__(self, settings: Settings, tracer: Tracer) -> None:
        self._settings = settings
        self._tracer = tracer

    def open(self, place: str, dimensions: int) -> Vectors:
        """The index at a place, made where it is missing."""
        chosen = self._settings.vectors
        if isinstance(chosen, EdgeVectors):
            from pipeline.stores import edge

            return edge.EdgeVectors(self._folder(chosen) / place, dimensions, optimize_points=chosen.optimize_points)
        from pipeline.stores import qdrant

        with _needing("qdrant", "vectors.kind"):
            return qdrant.QdrantVectors(
                chosen.url,
                dimensions,
                api_key=_key(chosen),
                collection=f"{chosen.collection}-{place}",
                points=chosen.expected_chunks,
            )

    def open_pages(self, place: str, dimensions: int) -> PageVectors:
        """The pages at a place, made where they are missing."""
        chosen = self._settings.vectors
        if isinstance(chosen, EdgeVectors):
            from pipeline.stores.edge_pages import EdgePages

            return EdgePages(self._folder(chosen) / place, dimensions)
        from pipeline.stores.qdrant_pages import QdrantPages

        with _needing("qdrant", "vectors.kind"):
            return QdrantPages(
                chosen.url,
                dimensions,
                api_key=_key(chosen),
                collection=f"{chosen.collection}-{place}",
                points=chosen.expected_pages,
            )

    def drop(self, place: str, dimensions: int) -> None:
        """Remove the index at a place."""
        chosen = self._settings.vectors
        if isinstance(chosen, EdgeVectors):
            from pipeline.stores import edge_points

            edge_points.drop(self._folder(chosen) / place)
            return
        from pipeline.stores import qdrant_points

        with _needing("qdrant", "vectors.kind"):
            qdrant_points.drop(chosen.url, dimensions, api_key=_key(chosen), collection=f"{chosen.collection}-{place}")

    def embedder(self, name: str) -> Embedder | None:
        """The model of that name among those of the settings, and MiniLM."""
        before = self._settings.embedder_before
        try:
            if name == MiniLM.name:
                chosen = before if isinstance(before, MiniLMEmbedder) else MiniLMEmbedder()
                return _embedder(self._settings, chosen, self._tracer)
            found = _embedder(self._settings, before, self._tracer) if before is not None else None
        except ModelUnavailable as error:
            log.warning("%s: %s", name, error.message)
            return None
        return found if found is not None and found.name == name else None

    def _folder(self, chosen: EdgeVectors) -> Path:
        return chosen.path or self._settings.data_dir / "vectors"


def _key(chosen: QdrantVectors) -> str | None:
    return chosen.api_key.get_secret_value() if chosen.api_key is not None else None


def _embedder(settings: Settings, chosen: AnyEmbedder, tracer: Tracer) -> Embedder:
    if isinstance(chosen, OpenAIEmbedder):
        from pipeline.models.openai_api import embedder

        return traced_embedder(embedder.OpenAIEmbedder(chosen), tracer, chosen.model)
    return MiniLM(settings.data_dir / "models", chosen.threads)


def _page_embedder(settings: Settings, tracer: Tracer) -> PageEmbedder | None:
    chosen = settings.page_embedder
    if isinstance(chosen, NoPageEmbedder):
        return None
    from pipeline.models.openai_api import page_embedder

    return traced_page_embedder(page_embedder.ServerPageEmbedder(chosen), tracer, chosen.model)


def _transcriber(hearing: Recognizer, sandbox: Sandbox) -> Transcriber | None:
    chosen = hearing.chosen
    if isinstance(chosen, MoonshineTranscriber):
        from pipeline.models.moonshine import Moonshine

        return Moonshine()
    if isinstance(chosen, PocketSphinxTranscriber):
        from pipeline.models.pocketsphinx import PocketSphinx

        return PocketSphinx(sandbox, hearing.lacking)
    if isinstance(chosen, WhisperTranscriber):
        from pipeline.models.whisper import Whisper

        return Whisper(chosen)
    if isinstance(chosen, OpenAITranscriber):
        from pipeline.models.openai_api.transcriber import OpenAITranscriber as OpenAI

        return OpenAI(chosen)
    return _hearing(chosen) if isinstance(chosen, ChatTranscriber) else None


def _reranker(settings: Settings) -> Reranker | None:
    chosen = settings.reranker
    if isinstance(chosen, ServerReranker):
        from pipeline.models.openai_api import reranker

        return reranker.ServerReranker(chosen)
    if isinstance(chosen, CrossEncoderReranker):
        from pipeline.models.cross_encoder import CrossEncoder

        return CrossEncoder(chosen)
    return None


def _hearing(chosen: ChatTranscriber) -> Transcriber:
    from pipeline.models.chat_transcriber import ChatTranscriber as Hearing
    from pipeline.models.openai_api.model import OpenAIChatModel as OpenAI

    model = OpenAI(chosen.chat.model_copy(update={"audio": True}))
    return Hearing(model, chosen.chat.timeout_seconds)


def _tracer(settings: Settings) -> Tracer:
    if isinstance(settings.tracing, NoTracing):
        return NO_TRACER
    with _needing("otel", "tracing.kind"):
        from pipeline.tracing import otel
    return otel.exporting_tracer()


def _chat(chosen: ChatSettings, tracer: Tracer) -> ChatModel | None:
    if isinstance(chosen, ScriptedChatModel):
        from pipeline.models.scripted import ScriptedChatModel as Scripted
        from pipeline.models.scripted import load_script

        return Feeder(Priced(traced_chat(Scripted(load_script(chosen.path)), tracer), chosen.prices))
    if isinstance(chosen, OpenAIChatModel):
        from pipeline.models.openai_api.model import OpenAIChatModel as OpenAI

        model = OpenAI(chosen)
        model.start()
        return Feeder(Priced(traced_chat(model, tracer), chosen.prices), at_once(_parallel_of(chosen)))
    if isinstance(chosen, TransformersChatModel):
        return Feeder(Priced(traced_chat(_transformers(chosen), tracer), chosen.prices))
    return None


def _parallel(chosen: ChatSettings, chat: ChatModel | None) -> int | None:
    if isinstance(chosen, OpenAIChatModel):
        return _parallel_of(chosen)
    return None if chat is None else chat.capabilities.parallel


def _parallel_of(chosen: OpenAIChatModel) -> int:
    """By the settings: a server that is away at the start must not keep the service from starting."""
    return chosen.parallel * len(chosen.servers)


def _transformers(chosen: TransformersChatModel) -> ChatModel:
    with _needing("transformers", "chat.kind"):
        from pipeline.models.transformers_chat.adapter import TransformersChatModel as Transformers
    return Transformers(chosen)


@contextmanager
def _needing(extra: str, key: str) -> Iterator[None]:
    """What a setting asks for may be in an extra that is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise _missing(extra, key, error.name) from error


def _missing(extra: str, key: str, package: str | None) -> SettingsError:
    message = f"{key}: the package {package} is not installed; install the extra {extra}, as docs/start.md says"
    return SettingsError(message, missing=package)
