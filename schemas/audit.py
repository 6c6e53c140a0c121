"""The audit log as the REST API shows it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class AuditEvent(BaseModel):
    """Who did what, when. No event holds a word of a document."""

    model_config = ConfigDict(extra="forbid")

    created_at: datetime
    actor: str
    """`key:ID`, or who of the service it was."""
    action: str
    object_id: str
    details: dict[str, Any]
    hash: str
    """Covers this event and the hash of the one before it."""
