"""Where documents lie: the data folder, the database, the blobs and the secrets."""

from pipeline.access.secrets import SecretBox
from pipeline.errors import SettingsError, StoreError
from pipeline.settings import FolderBlobs, Settings
from pipeline.stores.blobs import Blobs
from pipeline.stores.records.database import Database
from workers.bootstrap.extras import needing
from workers.bootstrap.naming import naming


def make_data_folder(settings: Settings) -> None:
    """Documents lie in it: where we make it, it is its owner's alone.

    Raises:
        SettingsError: it cannot be made.
    """
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(f"data_dir: {folder} is no folder that can be made: {error.strerror}") from error


def open_database(settings: Settings) -> Database:
    """The database, whose tables may be of an earlier version.

    Raises:
        SettingsError: it cannot be used as the settings say.
    """
    with needing("postgres", "database_url"):
        return Database(settings.database_address)


def open_blobs(settings: Settings) -> Blobs:
    """The blobs, in a folder or a bucket.

    Raises:
        SettingsError: they cannot be kept as the settings say.
        StoreError: their folder cannot be used.
    """
    chosen = settings.blobs
    if isinstance(chosen, FolderBlobs):
        from pipeline.stores import folder

        path = chosen.path or settings.data_dir / "blobs"
        with naming(f"blobs.path {path}", StoreError):
            return folder.FolderBlobs(path, chosen.reserve_bytes)
    with needing("s3", "blobs.kind"):
        from pipeline.stores import s3
    return s3.S3Blobs(chosen, settings.data_dir / "spool")


def open_secrets(settings: Settings) -> SecretBox:
    """What encrypts the secrets of workspaces.

    Raises:
        SettingsError: the master key cannot be used.
    """
    return SecretBox.open(settings.access.master_key_path or settings.data_dir / "master.key")
