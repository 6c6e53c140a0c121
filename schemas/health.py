"""Whether the service is well."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Health(BaseModel):
    """`GET /health/live` and `/health/ready`."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["ok", "not-ready", "stalled"]
    parts: dict[str, str] = {}
    """Part → `ok`, or the name of a problem type; of a process that stands still, the loops that do."""
