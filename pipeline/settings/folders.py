"""Folders that documents come from: watched ones, and those of batches."""

from typing import Literal

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from pipeline.intake.folders import DEFAULT_IGNORE
from pipeline.settings_group import LocalPath, SettingsGroup


class WatchFolder(SettingsGroup):
    """A folder whose new files become documents."""

    path: LocalPath
    schema_name: str | None = None
    collection: str | None = None
    tasks: list[Literal["extract", "summarize", "index"]] = ["extract", "summarize", "index"]
    pattern: str = "**/*"
    ignore: list[str] = list(DEFAULT_IGNORE)
    stable_seconds: NonNegativeFloat = 5.0
    poll_seconds: PositiveFloat = 2.0


class Batches(SettingsGroup):
    """Folders that batches may read."""

    roots: dict[str, LocalPath] = {}
    """Name → folder; a batch's source is `NAME[/subpath]`."""
    max_files: PositiveInt = 100_000
    open_jobs: PositiveInt = 200
    """How many files of one batch are in work at a time."""
