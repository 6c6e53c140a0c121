"""Settings, read once from the environment (`SHEAF_…`, nested with `__`) and a TOML file, the environment first.

The file is the one `SHEAF_CONFIG` names, else `sheaf.toml` in the working folder where there is one. An unknown key,
or a value that does not fit, is a `SettingsError` that names the key. Secrets print masked.
"""

from pipeline.settings.access import Access, Limits
from pipeline.settings.doorbell import MemoryDoorbell, RedisDoorbell
from pipeline.settings.extraction import Extraction
from pipeline.settings.folders import Batches, WatchFolder
from pipeline.settings.http import Http
from pipeline.settings.jobs import Jobs
from pipeline.settings.loading import load_settings
from pipeline.settings.reading import Reading, Sandbox
from pipeline.settings.settings import Settings
from pipeline.settings.stores import EdgeVectors, FolderBlobs, QdrantVectors, S3Blobs
from pipeline.settings.tracing import NoTracing, OtelTracing
from pipeline.settings.webhooks import Webhooks

__all__ = [
    "Access",
    "Batches",
    "EdgeVectors",
    "Extraction",
    "FolderBlobs",
    "Http",
    "Jobs",
    "Limits",
    "MemoryDoorbell",
    "NoTracing",
    "OtelTracing",
    "QdrantVectors",
    "Reading",
    "RedisDoorbell",
    "S3Blobs",
    "Sandbox",
    "Settings",
    "WatchFolder",
    "Webhooks",
    "load_settings",
]
