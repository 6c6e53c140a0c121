"""All settings of one process, and where they come from."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from pipeline.errors import SettingsError
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
)
from pipeline.settings.access import Access, Limits
from pipeline.settings.doorbell import MemoryDoorbell, RedisDoorbell
from pipeline.settings.extraction import Extraction
from pipeline.settings.folders import Batches, WatchFolder
from pipeline.settings.http import Http
from pipeline.settings.jobs import Jobs
from pipeline.settings.reading import Reading, Sandbox
from pipeline.settings.stores import EdgeVectors, FolderBlobs, QdrantVectors, S3Blobs
from pipeline.settings.tracing import NoTracing, OtelTracing
from pipeline.settings.webhooks import Webhooks
from pipeline.settings_group import LocalPath


class Settings(BaseSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix="SHEAF_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    data_dir: LocalPath = Path("sheaf-data")
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
        path = config_path()
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


def config_path() -> Path | None:
    """The TOML file, where there is one.

    Raises:
        SettingsError: `SHEAF_CONFIG` names none.
    """
    named = os.environ.get("SHEAF_CONFIG")
    if named:
        if not os.path.isfile(named):  # noqa: PTH113 - the other one raises for a name that is too long
            raise SettingsError(f"SHEAF_CONFIG names {named!r}, which is not a file")
        return Path(named)
    return Path("sheaf.toml") if Path("sheaf.toml").is_file() else None
