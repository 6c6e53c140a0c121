"""Where files and vectors are kept."""

from typing import Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt, SecretStr

from pipeline.model_settings import ServerUrl
from pipeline.settings_group import MIB, ApiKey, LocalPath, SettingsGroup


class FolderBlobs(SettingsGroup):
    """Files in a folder."""

    kind: Literal["folder"] = "folder"
    path: LocalPath | None = None
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
    path: LocalPath | None = None
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
