"""A process: its services, wired as the settings say."""

import logging
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib.util import find_spec

from celery import Celery

from pipeline.delivery.addresses import parse_openings
from pipeline.delivery.sender import Sender
from pipeline.errors import VectorsUnavailable
from pipeline.indexing.form import form
from pipeline.jobs.doorbell import Queue
from pipeline.jobs.generations import OpenGenerations
from pipeline.models.absent import AbsentEmbedder
from pipeline.models.embedding import Embedder
from pipeline.models.feeding import documents_at_once
from pipeline.models.minilm import MiniLM
from pipeline.reading.child.on_demand import OnDemand
from pipeline.reading.child.sandbox import Sandbox
from pipeline.reading.reader import Reader
from pipeline.services import Services
from pipeline.settings import Jobs, NoTracing, Settings
from pipeline.stores.absent import AbsentVectors
from pipeline.stores.records.database import Database
from pipeline.tracing.spans import NO_TRACER, Tracer
from workers.bootstrap.extras import missing, needing
from workers.bootstrap.models import (
    chat_model,
    embedding_model,
    page_model,
    recognizing_model,
    requests_at_once,
    reranking_model,
)
from workers.bootstrap.naming import naming
from workers.bootstrap.openings import Openings
from workers.bootstrap.stores import make_data_folder, open_blobs, open_database, open_secrets
from workers.celery_app import CeleryDoorbell, QueueSlots, make_app
from workers.exposure import exposures
from workers.recognizer import recognizer

log = logging.getLogger("sheaf.workers")

INFER_THREADS = 2
"""Where there is no chat model: rules take a processor each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """A wired process: its services, and what its worker consumes from."""

    services: Services
    app: Celery
    slots: QueueSlots


def build(settings: Settings, *, owns_index: bool = True, sandbox: Sandbox | None = None) -> Process:
    """Wire a process; one that does not own the index leaves an embedded one to the process that does.

    A worker opens a server's index where it works on the queue `index`; one without an index loads no embedding model.
    The parser's zygote is started first, before any thread of ours, where no `sandbox` with one is given.

    Raises:
        SettingsError: an adapter cannot be made as the settings say.
        VectorsLocked: another process owns the vector store.
        ModelUnavailable: the embedding model is not installed.
    """
    parse_openings(settings.webhooks.allow)  # a wrong entry is to be said now, not at the first webhook
    make_data_folder(settings)
    with ExitStack() as opened:
        sandbox = sandbox or Sandbox(settings.sandbox)
        opened.callback(sandbox.close)
        if owns_index or any(queue_sizes(settings.jobs).values()):  # who only sweeps reads no files
            sandbox.start()
        database = open_database(settings)
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
        raise missing("redis", "doorbell.kind", "redis")  # Celery says so later, and not in these words
    app = make_app(settings.doorbell)
    chat = chat_model(settings.chat, tracer)
    slots = QueueSlots(queue_sizes(settings.jobs, requests_at_once(settings.chat, chat)))
    indexes = owns_index or (settings.vectors.kind != "edge" and "index" in slots.queues)
    embedder = embedding_model(settings, settings.embedder, tracer) if indexes else AbsentEmbedder()
    hearing = recognizer(settings)
    if hearing.lacking is not None:
        log.warning("recordings are transcribed by %s: %s", hearing.chosen.kind, hearing.lacking)
    settings = settings.model_copy(update={"transcriber": hearing.chosen})  # what reading once more depends on
    transcriber = recognizing_model(hearing, sandbox, tracer)
    services = Services(
        settings=settings,
        database=database,
        blobs=open_blobs(settings),
        doorbell=CeleryDoorbell(app, slots if settings.doorbell.kind == "memory" else None),
        embedder=embedder,
        sandbox=sandbox,
        on_demand=OnDemand(sandbox, settings.sandbox.request_children),
        reader=Reader(sandbox, transcriber, settings.reading),
        secrets=open_secrets(settings),
        sender=Sender(settings.webhooks),
        transcriber=transcriber,
        chat=chat,
        chat_small=chat_model(settings.chat_small, tracer),
        reranker=reranking_model(settings, tracer),
        tracer=tracer,
        vectors=AbsentVectors(),
    )
    if indexes:
        # The last one, since what may not be shared is to be let go of when another part cannot be made.
        several = open_generations(settings, database, embedder, tracer)
        services = replace(services, vectors=several.vectors, several=several)
    return Process(services=services, app=app, slots=slots)


def open_generations(settings: Settings, database: Database, embedder: Embedder, tracer: Tracer) -> OpenGenerations:
    """All that there are of the index.

    Raises:
        VectorsUnavailable: where they are to be cannot be used; the message names the setting.
        VectorsLocked: another process owns them.
    """
    before = form(MiniLM.name, MiniLM.dimensions)
    pages = page_model(settings, tracer)
    openings = Openings(settings, tracer)
    with naming(openings.setting, VectorsUnavailable):
        return OpenGenerations(database, openings, embedder, before, pages)


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


def close(services: Services) -> None:
    """Let go of everything that `build` opened."""
    services.vectors.close()
    for model in (services.chat, services.chat_small):
        if model is not None:
            model.close()
    services.sandbox.close()
    services.database.close()
    services.tracer.close()


def _tracer(settings: Settings) -> Tracer:
    if isinstance(settings.tracing, NoTracing):
        return NO_TRACER
    with needing("otel", "tracing.kind"):
        from pipeline.tracing import otel
    return otel.exporting_tracer()
