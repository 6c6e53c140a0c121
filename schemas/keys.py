"""API keys as the REST API shows them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.json_values import Number

Scope = Literal["ingest", "read", "admin"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class KeyRequest(_Model):
    """`POST /v1/keys`."""

    name: str = Field(min_length=1, max_length=120)
    scopes: list[Scope] = Field(min_length=1, max_length=3)
    """`ingest` uploads and starts work, `read` sees documents, results and answers, `admin` may do everything."""
    expires_in: Number | None = Field(default=None, gt=0, le=10 * 366 * 86_400)
    """Seconds from now; without it the key is valid until it is deleted."""


class RotationRequest(_Model):
    """`POST /v1/keys/{key_id}/rotate`."""

    overlap_seconds: Number = Field(default=86_400, ge=0, le=30 * 86_400)
    """How long the old key still opens, so that its users can change over; 0 revokes it at once."""


class KeyView(_Model):
    """A key, without its text."""

    id: str
    """The part of the key between its first two underscores."""
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """To within a minute."""


class NewKeyView(KeyView):
    """A key just made."""

    key: str
    """The key's text. It is shown here and never again."""
