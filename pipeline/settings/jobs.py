"""The rules of work."""

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from pipeline.settings_group import SettingsGroup


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
