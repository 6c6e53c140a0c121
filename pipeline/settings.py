"""Settings, read once from the environment (`SHEAF_…`, nested with `__`) and a TOML file, the environment first.

The file is the one `SHEAF_CONFIG` names, else `sheaf.toml` in the working folder where there is one. An unknown key,
or a value that does not fit, is a `SettingsError` that names the key. Secrets print masked.
"""

import json
import os
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from pydantic_settings.exceptions import SettingsError as SourceError

from pipeline.errors import SettingsError
from pipeline.intake.folders import DEFAULT_IGNORE

MIB = 1024 * 1024

NonNegativeDecimal = Annotated[Decimal, Field(ge=0)]


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Http(_Group):
    """The REST server."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    public_url: str | None = None
    """What clients call the service; used in `result_url`. Default: `http://HOST:PORT`."""
    max_upload_bytes: PositiveInt = 1024 * MIB
    upload_idle_seconds: PositiveFloat = 30.0
    """An upload that sends nothing for this long is cut."""
    max_waiting_seconds: NonNegativeFloat = 60.0
    """Upper bound of `?wait=`."""


class FolderBlobs(_Group):
    """Files in a folder."""

    kind: Literal["folder"] = "folder"
    path: Path | None = None
    """Default: `blobs` in the data folder."""
    reserve_bytes: NonNegativeInt = 512 * MIB
    """Uploads are refused when less than this would be left on the disk."""


class S3Blobs(_Group):
    """A bucket of an S3-compatible store; needs the extra `s3`."""

    kind: Literal["s3"] = "s3"
    bucket: str = Field(min_length=1)
    prefix: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$")
    """What all keys begin with, so that a bucket can be shared."""
    endpoint: str | None = None
    """The store's address, e.g. `https://minio.internal:9000`. Default: Amazon's of the region."""
    region: str = "us-east-1"
    access_key_id: SecretStr | None = None
    """Default: what the environment (`AWS_…`) or the machine's role gives."""
    secret_access_key: SecretStr | None = None
    allow_http: bool = False
    """Whether the endpoint may be plain http; documents then cross the network readable."""
    reserve_bytes: NonNegativeInt = 512 * MIB
    """Uploads are refused when less than this would be left on the disk that they are received on."""


class EdgeVectors(_Group):
    """Qdrant Edge inside this process."""

    kind: Literal["edge"] = "edge"
    path: Path | None = None
    """Default: `vectors` in the data folder."""


class QdrantVectors(_Group):
    """A Qdrant server or cluster."""

    kind: Literal["qdrant"] = "qdrant"
    url: str
    api_key: SecretStr | None = None
    collection: str = "sheaf"


class MemoryDoorbell(_Group):
    """Celery's in-memory transport: all workers in this process."""

    kind: Literal["memory"] = "memory"


class RedisDoorbell(_Group):
    """Celery on Redis."""

    kind: Literal["redis"] = "redis"
    url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")


class MiniLMEmbedder(_Group):
    """all-MiniLM-L6-v2 from its Python package, on ONNX Runtime."""

    kind: Literal["minilm"] = "minilm"
    threads: PositiveInt = 1


class Prices(_Group):
    """What a chat model costs, in the settings' `currency`. Of both kinds the ones that apply are added."""

    input_per_million: NonNegativeDecimal = Decimal(0)
    """For a million prompt tokens."""
    output_per_million: NonNegativeDecimal = Decimal(0)
    """For a million tokens of answers."""
    server_hour: NonNegativeDecimal = Decimal(0)
    """For an hour in which the model's server works; requests that run side by side share it."""


class NoChatModel(_Group):
    """No chat model: the rule reader answers."""

    kind: Literal["none"] = "none"


class ScriptedChatModel(_Group):
    """Answers from a JSON file, for tests."""

    kind: Literal["scripted"] = "scripted"
    path: Path
    prices: Prices = Prices()


def _plain_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise ValueError("it is no http or https address without user, password and query")
    return url


ServerUrl = Annotated[str, AfterValidator(_plain_address)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class ModelServer(_Group):
    """One of several servers with the same model."""

    url: ServerUrl
    """Of the API, e.g. `http://gpu-1:8000/v1`."""
    api_key: SecretStr | None = None


class OpenAIChatModel(_Group):
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


class TransformersChatModel(_Group):
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


class PocketSphinxTranscriber(_Group):
    """The small acoustic model in the `pocketsphinx` package: draft quality, English only."""

    kind: Literal["pocketsphinx"] = "pocketsphinx"

    @property
    def identity(self) -> str:
        """Recordings are transcribed anew where it changes."""
        return self.kind


class NoTranscriber(_Group):
    """Recordings are refused."""

    kind: Literal["none"] = "none"

    @property
    def identity(self) -> str:
        """Recordings are transcribed anew where it changes."""
        return self.kind


class WhisperTranscriber(_Group):
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


class OpenAITranscriber(_Group):
    """A server with `/v1/audio/transcriptions`."""

    kind: Literal["openai"] = "openai"
    url: ServerUrl
    """Of the API, e.g. `http://gpu-2:8000/v1`."""
    api_key: SecretStr | None = None
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


class ChatTranscriber(_Group):
    """A chat model that takes sound. No Llama 4 does, so it is one of its own."""

    kind: Literal["chat"] = "chat"
    chat: OpenAIChatModel
    """The same keys as of `chat` with kind `openai`."""

    @property
    def identity(self) -> str:
        """Recordings are transcribed anew where it changes."""
        return f"{self.kind} {self.chat.model}"


AnyTranscriber = PocketSphinxTranscriber | NoTranscriber | WhisperTranscriber | OpenAITranscriber | ChatTranscriber


class Sandbox(_Group):
    """Limits of the child process that reads one document."""

    memory_bytes: PositiveInt = 2048 * MIB
    """Address space of the child, beyond what its warm parent already maps."""
    cpu_seconds: PositiveInt = 600
    wall_seconds: PositiveFloat = 900.0
    page_seconds: PositiveFloat = 60.0
    """Time without progress after which the child is killed."""
    output_bytes: PositiveInt = 192 * MIB
    """Of what the child made, as JSON; some 9,000 full pages. Holding it takes the service ten times as much memory."""
    children: PositiveInt = 8
    """Children at a time that stages have; whoever wants another one waits for its turn."""
    request_children: PositiveInt = 2
    """Children at a time that make pages and contents for requests; more requests wait a little, then get a 503."""


class Reading(_Group):
    """What is read, and how much of it."""

    max_pages: PositiveInt = 5_000
    max_pixels: PositiveInt = 40_000_000
    """Of one page or image; larger ones are scaled down."""
    max_audio_seconds: PositiveFloat = 12 * 3600.0
    max_archive_bytes: PositiveInt = 500 * MIB
    """Inflated size of a DOCX, PPTX or XLSX."""
    max_text_bytes: PositiveInt = 64 * MIB
    """Of a text, HTML, Markdown or mail file."""
    ocr_side_px: PositiveInt = 1280
    """The longer side of a page image given to OCR, where the text is large enough for it."""


class Extraction(_Group):
    """How a chat model is asked for values. Without one the rules read them, and only `review_below` counts."""

    cascade: bool = False
    """Whether models are asked only for what the rules, and then the small model, were not sure of."""
    accept: float = Field(default=0.9, ge=0, le=1)
    """Confidence from which on the next level of a cascade is not asked."""
    review_below: float = Field(default=0.7, ge=0, le=1)
    """Values less sure than this are marked `needs_review`."""
    window_tokens: PositiveInt = 48_000
    """Most tokens of a document in one request; the model's context may allow less."""
    answer_tokens: PositiveInt = 16_384
    """Most tokens of one answer."""
    answer_seconds: PositiveFloat = 600.0
    """How long one answer may take."""
    images: NonNegativeInt = 8
    """Most pictures of pages in one request; the model may allow less."""
    calls_per_window: PositiveInt = 6
    """Requests for each window of a document on average, with repairs, continuations and halves; then it is partial."""


class Jobs(_Group):
    """The rules of work."""

    lease_seconds: PositiveFloat = 45.0
    max_attempts: PositiveInt = 3
    sweep_seconds: PositiveFloat = 1.0
    read_threads: NonNegativeInt = 2
    infer_threads: NonNegativeInt | None = None
    """Documents whose values or summaries are made at once. Default: 2; with a chat model, enough to keep it busy."""
    index_threads: NonNegativeInt = 2
    deliver_threads: NonNegativeInt = 4
    idempotency_hours: PositiveFloat = 24.0


class Webhooks(_Group):
    """Delivery of events."""

    allow: list[str] = []
    """`CIDR` or `CIDR:PORT` of private receivers, e.g. `10.1.0.0/16:443`. Nothing private is reached otherwise."""
    allow_http: bool = False
    """Whether plain http is allowed to public hosts; allow-listed ones may always use it."""
    ports: list[int] = [80, 443, 8080, 8443]
    timeout_seconds: PositiveFloat = 15.0
    max_attempts: PositiveInt = 10
    ca_file: Path | None = None
    """Certificates (PEM) of further authorities that receivers are verified against."""


class WatchFolder(_Group):
    """A folder whose new files become documents."""

    path: Path
    schema_name: str | None = None
    collection: str | None = None
    tasks: list[Literal["extract", "summarize", "index"]] = ["extract", "summarize", "index"]
    pattern: str = "**/*"
    ignore: list[str] = list(DEFAULT_IGNORE)
    stable_seconds: NonNegativeFloat = 5.0
    poll_seconds: PositiveFloat = 2.0


class Batches(_Group):
    """Folders that batches may read."""

    roots: dict[str, Path] = {}
    """Name → folder; a batch's source is `NAME[/subpath]`."""
    max_files: PositiveInt = 100_000
    open_jobs: PositiveInt = 200
    """How many files of one batch are in work at a time."""


class Access(_Group):
    """Who may call."""

    master_key_path: Path | None = None
    """32 bytes that encrypt stored secrets; made on first use. Default: `master.key` in the data folder."""
    bootstrap_key: SecretStr | None = None
    """An API key to create at start, for automation; otherwise one is made and printed once."""


class Settings(BaseSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix="SHEAF_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    data_dir: Path = Path("sheaf-data")
    database_url: SecretStr | None = None
    """Default: SQLite in the data folder. PostgreSQL: `postgresql+psycopg://user:password@host/db`."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    """Of all prices in the settings and all costs in results; ISO 4217."""
    http: Http = Http()
    blobs: Annotated[FolderBlobs | S3Blobs, Field(discriminator="kind")] = FolderBlobs()
    vectors: Annotated[EdgeVectors | QdrantVectors, Field(discriminator="kind")] = EdgeVectors()
    doorbell: Annotated[MemoryDoorbell | RedisDoorbell, Field(discriminator="kind")] = MemoryDoorbell()
    embedder: MiniLMEmbedder = MiniLMEmbedder()
    chat: ChatSettings = NoChatModel()
    chat_small: ChatSettings = NoChatModel()
    """A cheaper model that a cascade asks first."""
    transcriber: Annotated[AnyTranscriber, Field(discriminator="kind")] = PocketSphinxTranscriber()
    sandbox: Sandbox = Sandbox()
    reading: Reading = Reading()
    extraction: Extraction = Extraction()
    jobs: Jobs = Jobs()
    webhooks: Webhooks = Webhooks()
    batches: Batches = Batches()
    watch: list[WatchFolder] = []
    access: Access = Access()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the TOML file."""
        del dotenv_settings, file_secret_settings
        path = _config_path()
        toml = (TomlConfigSettingsSource(settings_cls, path),) if path else ()
        return (init_settings, env_settings, *toml)

    @property
    def key_file(self) -> Path:
        """Where the key lies that the service makes at its first start; the command line on this machine finds it."""
        return self.data_dir / "api-key"

    @property
    def public_url(self) -> str:
        """The service's address for clients, without a slash at the end."""
        return (self.http.public_url or f"http://{self.http.host}:{self.http.port}").rstrip("/")


_PLAIN = (Path, SecretStr | None, Literal["DEBUG", "INFO", "WARNING", "ERROR"])
"""Kinds of settings that nothing can stand below."""


def _config_path() -> Path | None:
    named = os.environ.get("SHEAF_CONFIG")
    if named:
        if not Path(named).is_file():
            raise SettingsError(f"SHEAF_CONFIG names {named!r}, which is not a file")
        return Path(named)
    return Path("sheaf.toml") if Path("sheaf.toml").is_file() else None


def _unknown_variables() -> list[str]:
    """Variables with our prefix that name no setting: pydantic-settings ignores them silently."""
    plain = {name for name, field in Settings.model_fields.items() if field.annotation in _PLAIN}
    unknown = []
    for name in os.environ:
        upper = name.upper()
        if not upper.startswith("SHEAF_") or upper.startswith(("SHEAF_TEST_", "SHEAF_CLI_")) or upper == "SHEAF_CONFIG":
            continue
        first, *below = upper.removeprefix("SHEAF_").lower().split("__")
        if first not in Settings.model_fields or (below and first in plain):
            unknown.append(name)
    return sorted(unknown)


def load_settings(**overrides: Any) -> Settings:  # noqa: ANN401 - checked by the model
    """Read the settings; keyword arguments win over both sources.

    Raises:
        SettingsError: a key is unknown or a value does not fit; the message names the key.
    """
    unknown = _unknown_variables()
    if unknown:
        raise SettingsError(f"unknown settings in the environment: {', '.join(unknown)}", keys=unknown)
    try:
        return Settings(**overrides)
    except ValidationError as error:
        faults = [(".".join(str(part) for part in fault["loc"]), _said(fault)) for fault in error.errors()]
        raise SettingsError("; ".join(f"{key}: {text}" for key, text in faults), keys=[k for k, _ in faults]) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{_config_path()} is no TOML: {error}") from error
    except SourceError as error:
        raise SettingsError(_unparsed(error)) from error
    except ValueError as error:
        raise SettingsError(str(error)) from error


def _said(fault: ErrorDetails) -> str:
    """What is wrong with one value, without the value, which may be a secret."""
    if fault["type"] == "extra_forbidden":
        return "there is no such setting"
    if fault["type"] == "model_attributes_type" and isinstance(fault["input"], str):
        return f"is no table written as JSON{_fault_of_json(fault['input'])}"
    return fault["msg"]


def _unparsed(error: SourceError) -> str:
    """Names the setting whose variable holds no JSON: pydantic-settings names only the group that it is in."""
    text = getattr(error.__cause__, "doc", None)
    names = sorted(name for name, value in os.environ.items() if value == text and name.upper().startswith("SHEAF_"))
    keys = " or ".join(name.upper().removeprefix("SHEAF_").lower().replace("__", ".") for name in names)
    return f"{keys}: is no JSON{_fault_of_json(text)}" if text and keys else str(error)


def _fault_of_json(text: str) -> str:
    try:
        json.loads(text)
    except ValueError as error:
        return f": {error}"
    return ""
