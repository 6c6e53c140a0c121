"""Batches as the REST API shows them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.jobs import Tasks
from schemas.problems import Problem

BatchStatus = Literal["listing", "running", "finished", "failed"]
FileStatus = Literal["pending", "working", "succeeded", "partial", "failed", "cancelled", "unchanged", "refused"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BatchRequest(_Model):
    """`POST /v1/batches`."""

    source: str = Field(min_length=1, max_length=1_024)
    """`NAME[/subpath]` under a root that the settings declare."""
    pattern: str = Field(default="**/*", min_length=1, max_length=255)
    """Glob over paths below the source; `**` stands for any folders."""
    schema_: str | dict[str, Any] | None = Field(default=None, alias="schema")
    tasks: Tasks | None = None
    collection: str | None = None
    webhook_url: str | None = None


class BatchView(_Model):
    """A batch and how far it is."""

    id: str
    source: str
    pattern: str
    status: BatchStatus
    files: dict[FileStatus, int]
    """How many files stand where; `unchanged` ones were ingested before and are not ingested again."""
    progress: float
    """0 to 1 over all files."""
    created_at: datetime
    finished_at: datetime | None
    problem: Problem | None


class BatchFileView(_Model):
    """One file of a batch."""

    number: int
    path: str
    size: int
    status: FileStatus
    document_id: str | None
    job_id: str | None
    problem: Problem | None
