"""What a first start makes: the default workspace, and a key that opens it."""

import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.access.issuing import ensure_key, ensure_workspace, has_key
from pipeline.access.keys import new_key
from pipeline.services import Services


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstStart:
    """The workspace, and where its key is."""

    workspace_id: str
    key_file: Path | None
    """`None` where the settings name the key, or no file has been written."""
    new_key: str | None
    """The text of a key that was made just now."""


def prepare(services: Services) -> FirstStart:
    """Make what is missing; harmless to repeat.

    Raises:
        SettingsError: `access.bootstrap_key` cannot be used.
    """
    workspace_id = ensure_workspace(services.database, services.secrets).id
    path = services.settings.key_file
    given = services.settings.access.bootstrap_key
    if given is not None:
        ensure_key(services.database, workspace_id, given.get_secret_value())
        return FirstStart(workspace_id=workspace_id, key_file=None, new_key=None)
    if has_key(services.database, workspace_id):
        return FirstStart(workspace_id=workspace_id, key_file=path if path.exists() else None, new_key=None)
    text = new_key().text
    # The file comes first: a key in the database that nobody knows would lock everybody out.
    _write_private(path, text)
    ensure_key(services.database, workspace_id, text, name="first")
    return FirstStart(workspace_id=workspace_id, key_file=path, new_key=text)


def _write_private(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
