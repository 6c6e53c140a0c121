"""Who may call, and how much."""

from pydantic import NonNegativeInt, SecretStr

from pipeline.settings_group import MIB, LocalPath, SettingsGroup


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

    master_key_path: LocalPath | None = None
    """32 bytes that encrypt stored secrets; made on first use. Default: `master.key` in the data folder."""
    bootstrap_key: SecretStr | None = None
    """An API key to create at start, for automation; otherwise one is made and printed once."""
