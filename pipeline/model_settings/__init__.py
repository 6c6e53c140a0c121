"""Settings of the models: which one answers, embeds, reranks and transcribes, and what it costs."""

from pipeline.model_settings.addresses import ServerUrl, check_place
from pipeline.model_settings.chat import (
    ChatSettings,
    ModelServer,
    NoChatModel,
    OpenAIChatModel,
    Prices,
    ScriptedChatModel,
    TransformersChatModel,
)
from pipeline.model_settings.embedding import AnyEmbedder, MiniLMEmbedder, OpenAIEmbedder
from pipeline.model_settings.page_embedding import AnyPageEmbedder, NoPageEmbedder, ServerPageEmbedder
from pipeline.model_settings.reranking import AnyReranker, CrossEncoderReranker, NoReranker, ServerReranker
from pipeline.model_settings.transcription import (
    AnyTranscriber,
    ChatTranscriber,
    MoonshineTranscriber,
    NoTranscriber,
    OpenAITranscriber,
    PocketSphinxTranscriber,
    WhisperTranscriber,
)

__all__ = [
    "AnyEmbedder",
    "AnyPageEmbedder",
    "AnyReranker",
    "AnyTranscriber",
    "ChatSettings",
    "ChatTranscriber",
    "CrossEncoderReranker",
    "MiniLMEmbedder",
    "ModelServer",
    "MoonshineTranscriber",
    "NoChatModel",
    "NoPageEmbedder",
    "NoReranker",
    "NoTranscriber",
    "OpenAIChatModel",
    "OpenAIEmbedder",
    "OpenAITranscriber",
    "PocketSphinxTranscriber",
    "Prices",
    "ScriptedChatModel",
    "ServerPageEmbedder",
    "ServerReranker",
    "ServerUrl",
    "TransformersChatModel",
    "WhisperTranscriber",
    "check_place",
]
