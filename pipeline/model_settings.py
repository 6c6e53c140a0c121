"""Settings of the models: which one answers, embeds, reranks and transcribes, and what it costs."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from pipeline.settings_group import ApiKey, NonNegativeDecimal, SettingsGroup


def check_place(url: str) -> None:
    """Whether host and port of an address could be those of a server.

    Raises:
        ValueError: they could not; the message does not hold the address, which may have a password.
    """
    parts = urlsplit(url)
    try:
        (parts.hostname or "").encode("idna")
    except UnicodeError as error:
        raise ValueError("its host is no name that could be looked up") from error
    if parts.port == 0:
        raise ValueError("there is no port 0")


def _plain_address(url: str) -> str:
    check_place(url)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise ValueError("it is no http or https address without user, password and query")
    return url


ServerUrl = Annotated[str, AfterValidator(_plain_address)]
MAX_NUMBERS = 1024 * 1024
"""A page's vectors have fewer numbers in all; Qdrant takes no more (`MAX_MULTIVECTOR_FLATTENED_LEN`)."""
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class MiniLMEmbedder(SettingsGroup):
    """all-MiniLM-L6-v2 from its Python package, on ONNX Runtime."""

    kind: Literal["minilm"] = "minilm"
    threads: PositiveInt = 1


class OpenAIEmbedder(SettingsGroup):
    """A model on a server with `/v1/embeddings`: vLLM, Text Embeddings Inference, llama.cpp, hosted ones."""

    kind: Literal["openai"] = "openai"
    url: ServerUrl
    """Of the API, e.g. `http://gpu-2:8000/v1`."""
    api_key: ApiKey | None = None
    model: str = Field(min_length=1)
    """Its name at the server."""
    revision: str = ""
    """To be changed when the server gets other weights under the same name."""
    dimensions: int = Field(ge=1, le=65_536)
    """Length of its vectors; others are refused."""
    max_tokens: int = Field(default=512, ge=16)
    """Of a passage, the model's own special tokens included; at most what the model takes."""
    tokenizer: Path | None = None
    """The model's `tokenizer.json`. Without it a byte counts as a token: passages are about a fourth as long."""
    query_prefix: str = ""
    """What the model wants before a query, e.g. `query: `."""
    passage_prefix: str = ""
    """And before a passage, e.g. `passage: `."""
    batch: int = Field(default=32, ge=1, le=2048)
    """Texts in one request."""
    parallel: PositiveInt = 8
    """Requests of this process at a time; more wait for their turn."""
    timeout_seconds: PositiveFloat = 30.0
    """Longest time for one request."""


AnyEmbedder = MiniLMEmbedder | OpenAIEmbedder


class NoPageEmbedder(SettingsGroup):
    """Pages are found by their text alone."""

    kind: Literal["none"] = "none"
    weight: PositiveFloat = 1.0
    """Of a page's rank where the two searches are fused; that of a passage is 1."""


class ServerPageEmbedder(SettingsGroup):
    """A late-interaction model of page images on a server with `/pooling`: vLLM."""

    kind: Literal["server"] = "server"
    url: ServerUrl
    """Of the API, e.g. `http://gpu-2:8000/v1`; `/pooling` is beside its `/v1`."""
    api_key: ApiKey | None = None
    model: str = Field(min_length=1)
    """Its name at the server."""
    revision: str = ""
    """To be changed when the server gets other weights under the same name."""
    dimensions: int = Field(ge=1, le=4096)
    """Length of a vector; others are refused."""
    max_vectors: int = Field(default=2048, ge=1, le=65_536)
    """Most vectors of one page; a page with more is refused."""
    side_px: int = Field(default=1024, ge=64, le=4096)
    """The longer side of the pictures of pages."""
    max_pages: PositiveInt = 500
    """Of a document; those behind are found by their text alone."""
    page_text: str = "Describe the image."
    """What the model wants beside a page."""
    query_prefix: str = ""
    """And before a query,"""
    query_suffix: str = ""
    """and behind it."""
    weight: PositiveFloat = 1.0
    """Of a page's rank where the two searches are fused; that of a passage is 1."""
    parallel: PositiveInt = 4
    """Requests of this process at a time; more wait for their turn."""
    timeout_seconds: PositiveFloat = 60.0
    """Longest time for one page,"""
    query_timeout_seconds: PositiveFloat = 5.0
    """and for a query, after which a search goes on without pages."""

    @model_validator(mode="after")
    def _fits_the_stores(self) -> Self:
        if self.dimensions * self.max_vectors >= MAX_NUMBERS:
            raise ValueError(f"max_vectors times dimensions must be less than {MAX_NUMBERS}")
        return self


AnyPageEmbedder = NoPageEmbedder | ServerPageEmbedder


class Prices(SettingsGroup):
    """What a chat model costs, in the settings' `currency`. Of both kinds the ones that apply are added."""

    input_per_million: NonNegativeDecimal = Decimal(0)
    """For a million prompt tokens."""
    output_per_million: NonNegativeDecimal = Decimal(0)
    """For a million tokens of answers."""
    server_hour: NonNegativeDecimal = Decimal(0)
    """For an hour in which the model's server works; requests that run side by side share it."""


class NoChatModel(SettingsGroup):
    """No chat model: the rule reader answers."""

    kind: Literal["none"] = "none"


class ScriptedChatModel(SettingsGroup):
    """Answers from a JSON file, for tests."""

    kind: Literal["scripted"] = "scripted"
    path: Path
    prices: Prices = Prices()


class ModelServer(SettingsGroup):
    """One of several servers with the same model."""

    url: ServerUrl
    """Of the API, e.g. `http://gpu-1:8000/v1`."""
    api_key: ApiKey | None = None


class OpenAIChatModel(SettingsGroup):
    """A model on OpenAI-compatible servers: vLLM, SGLang, llama.cpp, hosted ones."""

    kind: Literal["openai"] = "openai"
    model: str
    """Its name at the servers."""
    servers: list[ModelServer] = Field(min_length=1)
    """Requests go to the least loaded; one that fails is left out until it answers again."""
    dialect: Literal[
        "auto", "vllm", "sglang", "tensorrt-llm", "llama.cpp", "ollama", "localai", "together", "groq", "generic"
    ] = "auto"
    """The make of the servers; `auto` asks them."""
    context_tokens: PositiveInt | None = None
    """Prompt and answer together, at most what the servers say. Default: what they say, else 8192."""
    max_output_tokens: PositiveInt | None = None
    """Of one answer, where the servers allow less than is asked for."""
    max_images: NonNegativeInt = 10
    """In one request; 0 for a model that sees none."""
    max_tiles: int = Field(default=16, ge=1, le=64)
    """Of a Llama 4 processor, as the servers run it: tiles of 336 px in one image."""
    image_tokens: Literal["llama4", "pixels"] = "llama4"
    """How an image's tokens are counted before it is sent; `pixels` for models that take a token for 28 by 28 px."""
    audio: bool = False
    """Whether the model takes sound; no Llama 4 does."""
    tokenizer: Path | None = None
    """The model's `tokenizer.json`, to count texts exactly; else they are counted by bytes, a little too high."""
    timeout_seconds: PositiveFloat = 600.0
    """Longest time for one whole answer."""
    parallel: PositiveInt = 8
    """Requests to one server at a time."""
    max_waiting: PositiveInt = 256
    """Requests that wait for a free server; more are told that the model is busy."""
    prices: Prices = Prices()


class TransformersChatModel(SettingsGroup):
    """A Llama 4 in this process, on CPU or one GPU; needs the extra `transformers`."""

    kind: Literal["transformers"] = "transformers"
    path: Path
    """A folder with the checkpoint: configuration, weights, tokenizer, processor. Nothing is downloaded."""
    device: str = Field(default="auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$")
    """`auto` is the first GPU where there is one."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    """`auto` is what the checkpoint was saved in."""
    context_tokens: PositiveInt | None = None
    """Prompt and answer together; also of a whole batch, padding included, which bounds the memory of keys and values.
    Default: what the checkpoint allows, at most 131,072."""
    max_images: NonNegativeInt = 10
    """In one request."""
    max_batch: PositiveInt = 8
    """Requests that are answered together."""
    max_prepared: PositiveInt = 32
    """Requests whose images are decoded and wait for a batch; those behind them wait undecoded."""
    prices: Prices = Prices()


ChatSettings = Annotated[
    NoChatModel | ScriptedChatModel | OpenAIChatModel | TransformersChatModel, Field(discriminator="kind")
]
"""A chat model, or that there is none."""


class MoonshineTranscriber(SettingsGroup):
    """The small acoustic model in the `moonshine-voice` package: draft quality, English only."""

    kind: Literal["moonshine"] = "moonshine"

    @property
    def identity(self) -> str:
        """Recordings are transcribed anew where it changes."""
        return self.kind


class PocketSphinxTranscriber(SettingsGroup):
    """The older acoustic model in the `pocketsphinx` package, which has three times the errors: English drafts."""

    kind: Literal["pocketsphinx"] = "pocketsphinx"

    @property
    def identity(self) -> str:
        """Recordings are transcribed anew where it changes."""
        return self.kind


class NoTranscriber(SettingsGroup):
    """Recordings are refused."""

    kind: Literal["none"] = "none"

    @property
    def identity(self) -> str:
        """Recordings are transcribed anew where it changes."""
        return self.kind


class WhisperTranscriber(SettingsGroup):
    """Whisper in this process, by faster-whisper; the extra `whisper`."""

    kind: Literal["faster-whisper"] = "faster-whisper"
    path: Path
    """A folder with a Whisper in CTranslate2's format; nothing is downloaded."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    compute_type: str = "default"
    """Of CTranslate2, e.g. `int8`, `float16`."""
    beam_size: PositiveInt = 5
    language: Language | None = None
    """Two letters; by default it is recognized."""

    @property
    def identity(self) -> str:
        """Recordings are transcribed anew where it changes."""
        return f"{self.kind} {self.path.name} {self.beam_size} {self.language}"


class OpenAITranscriber(SettingsGroup):
    """A server with `/v1/audio/transcriptions`."""

    kind: Literal["openai"] = "openai"
    url: ServerUrl
    """Of the API, e.g. `http://gpu-2:8000/v1`."""
    api_key: ApiKey | None = None
    model: str
    language: Language | None = None
    """Two letters; by default it is recognized."""
    piece_seconds: float = Field(default=300.0, ge=30, le=780)
    """Speech sent at a time; 780 are the 25 MB that servers take."""
    timeout_seconds: PositiveFloat = 600.0
    """For one piece."""

    @property
    def identity(self) -> str:
        """Recordings are transcribed anew where it changes."""
        return f"{self.kind} {self.model} {self.language}"


class ChatTranscriber(SettingsGroup):
    """A chat model that takes sound. No Llama 4 does, so it is one of its own."""

    kind: Literal["chat"] = "chat"
    chat: OpenAIChatModel
    """The same keys as of `chat` with kind `openai`."""

    @property
    def identity(self) -> str:
        """Recordings are transcribed anew where it changes."""
        return f"{self.kind} {self.chat.model}"


AnyTranscriber = (
    MoonshineTranscriber
    | PocketSphinxTranscriber
    | NoTranscriber
    | WhisperTranscriber
    | OpenAITranscriber
    | ChatTranscriber
)


class NoReranker(SettingsGroup):
    """Hits stay in the order of the fused search."""

    kind: Literal["none"] = "none"
    passages: PositiveInt = 50
    """How many of the best hits get a second look."""


class ServerReranker(SettingsGroup):
    """A server with `/v1/rerank`: vLLM, Infinity, llama.cpp, Jina, Cohere."""

    kind: Literal["server"] = "server"
    passages: PositiveInt = 50
    url: ServerUrl
    """Of the API, e.g. `http://gpu-2:8000/v1`."""
    api_key: ApiKey | None = None
    model: str
    timeout_seconds: PositiveFloat = 5.0
    """After which the hits stay as they were."""


class CrossEncoderReranker(SettingsGroup):
    """A cross-encoder in this process, on ONNX Runtime."""

    kind: Literal["cross-encoder"] = "cross-encoder"
    passages: PositiveInt = 50
    path: Path
    """A folder with `model.onnx` and `tokenizer.json`; nothing is downloaded."""
    max_tokens: int = Field(default=512, ge=16)
    """Of query and passage together."""
    threads: PositiveInt = 1


AnyReranker = NoReranker | ServerReranker | CrossEncoderReranker
