"""The ports that one process works with, wired by `workers.bootstrap` and handed to everything that needs them."""

from dataclasses import dataclass

from pipeline.access.secrets import SecretBox
from pipeline.delivery.sender import Sender
from pipeline.indexing.shelves import Generations, OneGeneration
from pipeline.jobs.doorbell import Doorbell
from pipeline.models.chat import ChatModel
from pipeline.models.embedding import Embedder
from pipeline.models.rerank import Reranker
from pipeline.models.transcription import Transcriber
from pipeline.reading.child.on_demand import OnDemand
from pipeline.reading.child.sandbox import Sandbox
from pipeline.reading.reader import Reader
from pipeline.settings import Settings
from pipeline.stores.blobs import Blobs
from pipeline.stores.records.database import Database
from pipeline.stores.vectors import Vectors
from pipeline.tracing.spans import NO_TRACER, Tracer


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """One of each port; `None` where the settings choose none."""

    settings: Settings
    database: Database
    blobs: Blobs
    vectors: Vectors
    doorbell: Doorbell
    embedder: Embedder
    sandbox: Sandbox
    on_demand: OnDemand
    reader: Reader
    secrets: SecretBox
    sender: Sender
    transcriber: Transcriber | None
    chat: ChatModel | None
    chat_small: ChatModel | None = None
    """Asked before `chat` in a cascade."""
    reranker: Reranker | None = None
    tracer: Tracer = NO_TRACER
    several: Generations | None = None
    """Where the index may have several generations; `vectors` then stands for all of them."""

    @property
    def generations(self) -> Generations:
        """The indexes that there are."""
        return self.several or OneGeneration(vectors=self.vectors, embedder=self.embedder)
