"""What models and work have cost."""

from datetime import date

from pydantic import BaseModel, ConfigDict


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ModelUsage(_Model):
    """What one model was asked and what that cost."""

    model: str
    calls: int = 0
    input_tokens: int = 0
    """Of prompts, images included, as the model charged them."""
    cached_tokens: int = 0
    """How many of the input tokens the server had in its prefix cache."""
    output_tokens: int = 0
    seconds: float = 0.0
    """Of the model server: requests that ran side by side share the time."""
    cost: float = 0.0
    """In `currency`, by the prices in the settings."""


class UsageDay(_Model):
    """One day, UTC."""

    day: date
    jobs: int = 0
    """That ended on it."""
    pages: int = 0
    """Of their documents."""
    seconds: float = 0.0
    """Working time of their stages, without waiting."""
    models: list[ModelUsage] = []
    """What was asked of models, for jobs and for answers."""


class QuotaUse(_Model):
    """How much of one quota the workspace has used."""

    quota: str
    """`documents_per_day`, `bytes_per_day`, `reruns_per_day`, `stored_bytes` or `open_jobs`."""
    used: int
    """Since midnight UTC for those of a day; now for the others."""
    limit: int | None
    """Most that is allowed; null without limit."""


class UsageReport(_Model):
    """`GET /v1/usage`: the workspace's days from `since` to `until`, both included; days without work are left out."""

    since: date
    until: date
    currency: str
    jobs: int
    pages: int
    seconds: float
    models: list[ModelUsage]
    """All days together."""
    cost: float
    """Of all models together."""
    days: list[UsageDay]
    quotas: list[QuotaUse]
    """As they stand now, whatever the span."""
