"""The models of a process, as its settings choose them; what a choice needs is imported then."""

from pipeline.model_settings import (
    AnyEmbedder,
    ChatSettings,
    ChatTranscriber,
    CrossEncoderReranker,
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
from pipeline.models.chat import ChatModel
from pipeline.models.embedding import Embedder
from pipeline.models.feeding import Feeder, at_once
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
from pipeline.reading.child.sandbox import Sandbox
from pipeline.settings import Settings
from pipeline.tracing.spans import Tracer
from workers.bootstrap.extras import needing
from workers.recognizer import Recognizer


def chat_model(chosen: ChatSettings, tracer: Tracer) -> ChatModel | None:
    """The chat model, where there is one: what it costs is counted, and requests to it pass one gate.

    Raises:
        SettingsError: it cannot be made as the settings say.
    """
    if isinstance(chosen, ScriptedChatModel):
        from pipeline.models.scripted import ScriptedChatModel as Scripted
        from pipeline.models.scripted import load_script

        return Feeder(Priced(traced_chat(Scripted(load_script(chosen.path)), tracer), chosen.prices))
    if isinstance(chosen, OpenAIChatModel):
        from pipeline.models.openai_api.model import OpenAIChatModel as OpenAI

        model = OpenAI(chosen)
        model.start()
        return Feeder(Priced(traced_chat(model, tracer), chosen.prices), at_once(_parallel(chosen)))
    if isinstance(chosen, TransformersChatModel):
        return Feeder(Priced(traced_chat(_transformers(chosen), tracer), chosen.prices))
    return None


def requests_at_once(chosen: ChatSettings, chat: ChatModel | None) -> int | None:
    """How many requests keep the chat model busy; `None` where there is none."""
    if isinstance(chosen, OpenAIChatModel):
        return _parallel(chosen)
    return None if chat is None else chat.capabilities.parallel


def _parallel(chosen: OpenAIChatModel) -> int:
    """By the settings: a server that is away at the start must not keep the service from starting."""
    return chosen.parallel * len(chosen.servers)


def _transformers(chosen: TransformersChatModel) -> ChatModel:
    with needing("transformers", "chat.kind"):
        from pipeline.models.transformers_chat.adapter import TransformersChatModel as Transformers
    return Transformers(chosen)


def embedding_model(settings: Settings, chosen: AnyEmbedder, tracer: Tracer) -> Embedder:
    """The model that makes vectors of passages and queries.

    Raises:
        ModelUnavailable: MiniLM is not installed.
        SettingsError: the server's cannot work as the settings say.
    """
    if isinstance(chosen, OpenAIEmbedder):
        from pipeline.models.openai_api import embedder

        return traced_embedder(embedder.OpenAIEmbedder(chosen), tracer, chosen.model)
    return MiniLM(settings.data_dir / "models", chosen.threads)


def page_model(settings: Settings, tracer: Tracer) -> PageEmbedder | None:
    """The model that makes vectors of pictures of pages, where there is one."""
    chosen = settings.page_embedder
    if isinstance(chosen, NoPageEmbedder):
        return None
    from pipeline.models.openai_api import page_embedder

    return traced_page_embedder(page_embedder.ServerPageEmbedder(chosen), tracer, chosen.model)


def reranking_model(settings: Settings, tracer: Tracer) -> Reranker | None:
    """The model that looks at the best hits again, where there is one.

    Raises:
        SettingsError: it cannot be made as the settings say.
    """
    return traced_reranker(_reranker(settings), tracer)


def _reranker(settings: Settings) -> Reranker | None:
    chosen = settings.reranker
    if isinstance(chosen, ServerReranker):
        from pipeline.models.openai_api import reranker

        return reranker.ServerReranker(chosen)
    if isinstance(chosen, CrossEncoderReranker):
        from pipeline.models.cross_encoder import CrossEncoder

        return CrossEncoder(chosen)
    return None


def recognizing_model(hearing: Recognizer, sandbox: Sandbox, tracer: Tracer) -> Transcriber | None:
    """The model that hears speech, where there is one.

    Raises:
        ModelError: what it needs is not installed or cannot be loaded.
    """
    return traced_transcriber(_transcriber(hearing, sandbox), tracer, hearing.chosen.kind)


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


def _hearing(chosen: ChatTranscriber) -> Transcriber:
    from pipeline.models.chat_transcriber import ChatTranscriber as Hearing
    from pipeline.models.openai_api.model import OpenAIChatModel as OpenAI

    model = OpenAI(chosen.chat.model_copy(update={"audio": True}))
    return Hearing(model, chosen.chat.timeout_seconds)
