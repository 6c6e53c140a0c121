"""Settings, read once from the environment (`SHEAF_…`, nested with `__`) and a TOML file, the environment first.

The file is the one `SHEAF_CONFIG` names, else `sheaf.toml` in the working folder where there is one. An unknown key,
or a value that does not fit, is a `SettingsError` that names the key. Secrets print masked.
"""

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
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
from pipeline.listening import reached_by
from pipeline.model_settings import (
    AnyEmbedder,
    AnyPageEmbedder,
    AnyReranker,
    AnyTranscriber,
    ChatSettings,
    MiniLMEmbedder,
    MoonshineTranscriber,
    NoChatModel,
    NoPageEmbedder,
    NoReranker,
    ServerUrl,
    check_place,
)
from pipeline.settings_group import MIB, ApiKey, SettingsGroup


class Http(SettingsGroup):
    """The REST server."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    public_url: str | None = None
    """What clients call the service; used in `result_url`. Default: this machine's address of it."""
    max_upload_bytes: PositiveInt = 1024 * MIB
    upload_idle_seconds: PositiveFloat = 30.0
    """An upload that sends nothing for this long is cut."""
    max_waiting_seconds: NonNegativeFloat = 60.0
    """Upper bound of `?wait=`."""


class FolderBlobs(SettingsGroup):
    """Files in a folder."""

    kind: Literal["folder"] = "folder"
    path: Path | None = None
    """Default: `blobs` in the data folder."""
    reserve_bytes: NonNegativeInt = 512 * MIB
    """Uploads are refused when less than this would be left on the disk."""


class S3Blobs(SettingsGroup):
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


class EdgeVectors(SettingsGroup):
    """Qdrant Edge inside this process."""

    kind: Literal["edge"] = "edge"
    path: Path | None = None
    """Default: `vectors` in the data folder."""
    optimize_points: NonNegativeInt = 20_000
    """New passages from which on the index is optimized beside the service, if they are a tenth of all; 0: never."""
    keep_previous_days: NonNegativeFloat = 7.0
    """How long an index is kept that another one has replaced."""


class QdrantVectors(SettingsGroup):
    """A Qdrant server or cluster."""

    kind: Literal["qdrant"] = "qdrant"
    url: ServerUrl
    api_key: ApiKey | None = None
    collection: str = "sheaf"
    expected_chunks: PositiveInt = 1_000_000
    """About how many passages there will be; shards, quantization and graphs of a new collection are chosen by it."""
    expected_pages: PositiveInt = 100_000
    """The like for pages that are found by their pictures."""
    keep_previous_days: NonNegativeFloat = 7.0
    """How long an index is kept that another one has replaced."""


class MemoryDoorbell(SettingsGroup):
    """Celery's in-memory transport: all workers in this process."""

    kind: Literal["memory"] = "memory"


def _of_redis(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    parts = urlsplit(text)
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise ValueError("it is no address like redis://host:6379/0 or rediss://host:6379/0")
    check_place(text)
    if not re.fullmatch(r"/?|/[0-9]+", parts.path):
        raise ValueError("behind the host it names a database by its number, as in redis://host:6379/0")
    return url


class RedisDoorbell(SettingsGroup):
    """Celery on Redis."""

    kind: Literal["redis"] = "redis"
    url: Annotated[SecretStr, AfterValidator(_of_redis)] = SecretStr("redis://127.0.0.1:6379/0")


class Sandbox(SettingsGroup):
    """Limits of the child process that reads one document."""

    memory_bytes: int = Field(default=2048 * MIB, gt=0, le=2**62)
    """Address space of the child, beyond what its warm parent already maps."""
    cpu_seconds: int = Field(default=600, gt=0, le=2**31)
    wall_seconds: PositiveFloat = 900.0
    page_seconds: PositiveFloat = 60.0
    """Time without progress after which the child is killed."""
    output_bytes: PositiveInt = 192 * MIB
    """Of what the child made, as JSON; some 9,000 full pages. Holding it takes the service ten times as much memory."""
    children: PositiveInt = 8
    """Children at a time that stages have; whoever wants another one waits for its turn."""
    request_children: PositiveInt = 2
    """Children at a time that make pages and contents for requests; more requests wait a little, then get a 503."""


class Reading(SettingsGroup):
    """What is read, and how much of it."""

    max_pages: PositiveInt = 5_000
    max_pixels: PositiveInt = 40_000_000
    """Of one page or image; larger ones are scaled down."""
    max_audio_seconds: PositiveFloat = 12 * 3600.0
    max_archive_bytes: PositiveInt = 500 * MIB
    """Inflated size of a DOCX, PPTX or XLSX."""
    max_text_bytes: PositiveInt = 64 * MIB
    """Of a text, HTML, Markdown or mail file."""
    embedded: bool = True
    """Whether data for machines is read: attached XML invoices, XMP metadata, QR codes of payments."""
    max_embedded_bytes: PositiveInt = 16 * MIB
    """Inflated size of an attached XML file, of XMP metadata, and of an XML invoice."""
    ocr_side_px: PositiveInt = 1280
    """The longer side of a page image given to OCR, where the text is large enough for it."""


class Extraction(SettingsGroup):
    """How a chat model is asked for values. Without one the rules read them, and only `review_below` counts."""

    cascade: bool = False
    """Whether models are asked only for what the rules, and then the small model, were not sure of."""
    accept: float = Field(default=0.9, ge=0, le=1)
    """Confidence from which on the next level of a cascade is not asked."""
    review_below: float = Field(default=0.81, ge=0, le=1)
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


class Jobs(SettingsGroup):
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


class Webhooks(SettingsGroup):
    """Delivery of events."""

    allow: list[str] = []
    """`CIDR` or `CIDR:PORT` of private receivers, e.g. `10.1.0.0/16:443`. Nothing private is reached otherwise."""
    allow_http: bool = False
    """Whether plain http is allowed to public hosts; allow-listed ones may always use it."""
    ports: list[int] = [80, 443, 8080, 8443]
    timeout_seconds: PositiveFloat = 15.0
    max_attempts: PositiveInt = 10
    parallel: PositiveInt = 2
    """Deliveries to one receiver at a time; one that fails gets a single one."""
    give_up_hours: PositiveFloat = 120.0
    """A receiver that has only failed for this long is sent nothing more until it is switched on again."""
    history_days: NonNegativeFloat = 90.0
    """How long deliveries that arrived or were cancelled are remembered, with their attempts; 0: for ever."""
    ca_file: Path | None = None
    """Certificates (PEM) of further authorities that receivers are verified against."""


class WatchFolder(SettingsGroup):
    """A folder whose new files become documents."""

    path: Path
    schema_name: str | None = None
    collection: str | None = None
    tasks: list[Literal["extract", "summarize", "index"]] = ["extract", "summarize", "index"]
    pattern: str = "**/*"
    ignore: list[str] = list(DEFAULT_IGNORE)
    stable_seconds: NonNegativeFloat = 5.0
    poll_seconds: PositiveFloat = 2.0


class Batches(SettingsGroup):
    """Folders that batches may read."""

    roots: dict[str, Path] = {}
    """Name → folder; a batch's source is `NAME[/subpath]`."""
    max_files: PositiveInt = 100_000
    open_jobs: PositiveInt = 200
    """How many files of one batch are in work at a time."""


class Limits(SettingsGroup):
    """What one workspace may do, unless it has limits of its own; 0 is without limit."""

    requests_per_minute: NonNegativeInt = 30_000
    """Counted over all API processes; up to a minute's worth may come at once."""
    documents_per_day: NonNegativeInt = 1_000_000
    """Uploads between midnights UTC. Files of batches and watched folders count, and are not refused for it."""
    bytes_per_day: NonNegativeInt = 1024 * 1024 * MIB
    reruns_per_day: NonNegativeInt = 1_000_000
    """Jobs over documents that are stored already, and retries. Files of batches are refused beyond it."""
    stored_bytes: NonNegativeInt = 10 * 1024 * 1024 * MIB
    """Uploaded files, all revisions, until their documents are deleted. Files of batches are refused beyond it."""
    open_jobs: NonNegativeInt = 50_000
    """Jobs that have not ended, beyond which no upload and no further job is taken."""


class Access(SettingsGroup):
    """Who may call."""

    master_key_path: Path | None = None
    """32 bytes that encrypt stored secrets; made on first use. Default: `master.key` in the data folder."""
    bootstrap_key: SecretStr | None = None
    """An API key to create at start, for automation; otherwise one is made and printed once."""


class NoTracing(SettingsGroup):
    """Nothing is traced."""

    kind: Literal["none"] = "none"


class OtelTracing(SettingsGroup):
    """OpenTelemetry, set up by its own variables (`OTEL_…`); needs the extra `otel`."""

    kind: Literal["otel"] = "otel"


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
    log_format: Literal["text", "json"] = "text"
    """`json`: an object a line, for those who collect logs."""
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    """Of all prices in the settings and all costs in results; ISO 4217."""
    http: Http = Http()
    blobs: Annotated[FolderBlobs | S3Blobs, Field(discriminator="kind")] = FolderBlobs()
    vectors: Annotated[EdgeVectors | QdrantVectors, Field(discriminator="kind")] = EdgeVectors()
    doorbell: Annotated[MemoryDoorbell | RedisDoorbell, Field(discriminator="kind")] = MemoryDoorbell()
    embedder: Annotated[AnyEmbedder, Field(discriminator="kind")] = MiniLMEmbedder()
    embedder_before: Annotated[AnyEmbedder, Field(discriminator="kind")] | None = None
    """The one that made the present index, while another one is being filled. MiniLM needs no mention."""
    chat: ChatSettings = NoChatModel()
    chat_small: ChatSettings = NoChatModel()
    """A cheaper model that a cascade asks first."""
    transcriber: Annotated[AnyTranscriber, Field(discriminator="kind")] = MoonshineTranscriber()
    page_embedder: Annotated[AnyPageEmbedder, Field(discriminator="kind")] = NoPageEmbedder()
    reranker: Annotated[AnyReranker, Field(discriminator="kind")] = NoReranker()
    sandbox: Sandbox = Sandbox()
    reading: Reading = Reading()
    extraction: Extraction = Extraction()
    jobs: Jobs = Jobs()
    webhooks: Webhooks = Webhooks()
    batches: Batches = Batches()
    watch: list[WatchFolder] = []
    access: Access = Access()
    limits: Limits = Limits()
    tracing: Annotated[NoTracing | OtelTracing, Field(discriminator="kind")] = NoTracing()

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
    def database_file(self) -> Path | None:
        """SQLite's, where no other database is named."""
        return self.data_dir / "sheaf.db" if self.database_url is None else None

    @property
    def database_address(self) -> str:
        """The database's URL, with its password."""
        return f"sqlite:///{self.database_file}" if self.database_url is None else self.database_url.get_secret_value()

    @property
    def public_url(self) -> str:
        """The service's address for clients, without a slash at the end."""
        return (self.http.public_url or self.local_url).rstrip("/")

    @property
    def local_url(self) -> str:
        """The service's address on its own machine, without a slash at the end."""
        return f"http://{reached_by(self.http.host)}:{self.http.port}"


_PLAIN = (Path, SecretStr | None, Literal["DEBUG", "INFO", "WARNING", "ERROR"], Literal["text", "json"])
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
    except UnicodeDecodeError as error:
        raise SettingsError(f"{_config_path()} is no TOML: it is not UTF-8") from error
    except RecursionError as error:
        raise SettingsError(f"{_config_path()} is nested too deeply") from error
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
