"""Problem details (RFC 9457)."""

from typing import Any

from pydantic import BaseModel, ConfigDict

URN = "urn:sheaf:problem:"


class Problem(BaseModel):
    """What went wrong, for people (`title`, `detail`) and for programs (`type`)."""

    model_config = ConfigDict(extra="allow")

    type: str
    """`urn:sheaf:problem:NAME`, stable; the docs list all of them."""
    title: str
    status: int | None = None
    """The HTTP status where the problem answers a request; absent where it ends a job."""
    detail: str | None = None
    instance: str | None = None
    """The request's id."""
    errors: list[dict[str, Any]] | None = None
    """The single faults where there are several, each with `path` and `message`."""
