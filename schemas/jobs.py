"""Documents and jobs as the REST API shows them, and the result envelope."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.documents import Notice
from schemas.evidence import Evidence
from schemas.extraction import FieldValue, RowCount
from schemas.problems import Problem

Task = Literal["extract", "summarize", "index"]
TASKS: tuple[Task, ...] = ("extract", "summarize", "index")

JobStatus = Literal["queued", "running", "succeeded", "partial", "failed", "cancelled"]
TERMINAL: frozenset[str] = frozenset({"succeeded", "partial", "failed", "cancelled"})

StageName = Literal["read", "extract", "summarize", "index", "annotate", "finish"]
StageStatus = Literal["waiting", "ready", "running", "succeeded", "failed", "skipped", "cancelled"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DocumentView(_Model):
    """A stored document."""

    id: str
    name: str
    media_type: str
    size: int
    """Bytes."""
    sha256: str
    collection: str | None
    metadata: dict[str, Any]
    pages: int | None
    """`None` before it has been read, and for documents without pages."""
    seconds: float | None
    created_at: datetime


class StageView(_Model):
    """One stage of a job."""

    name: StageName
    status: StageStatus
    attempt: int
    progress: float | None
    """0 to 1 while it runs."""
    started_at: datetime | None
    finished_at: datetime | None
    problem: Problem | None


class JobView(_Model):
    """A job: one run of the tasks over one document."""

    id: str
    document_id: str
    status: JobStatus
    schema_: str | None = Field(default=None, alias="schema")
    """`name@version`, or `inline`."""
    tasks: list[Task]
    progress: float
    """0 to 1 over all stages."""
    queue_position: int | None
    """How many jobs are claimed before this one; `None` once it runs."""
    stages: list[StageView]
    created_at: datetime
    finished_at: datetime | None
    problem: Problem | None
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Accepted(_Model):
    """The answer `202` to an upload."""

    document: DocumentView
    job: JobView


class ResultDocument(_Model):
    """The document a result is about."""

    id: str
    name: str
    media_type: str
    sha256: str
    pages: int | None = None
    seconds: float | None = None


class SchemaName(_Model):
    """The schema a result validates against; version `None` for an inline schema."""

    name: str
    version: int | None


class ResultSummary(_Model):
    """The summary part of a result."""

    text: str
    points: list[str]
    evidence: list[Evidence]


class Completeness(_Model):
    """Whether all of the document is in the result, and what is not."""

    complete: bool
    pages_read: int | None
    pages_total: int | None
    """`None` for documents without pages."""
    pages_failed: list[int] = []
    truncated: bool = False
    rows: dict[str, RowCount] = {}


class Usage(_Model):
    """What the result cost."""

    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    """Working time of all stages, without waiting."""
    cost: float = 0.0


class Result(_Model):
    """`GET /v1/jobs/{id}/result`."""

    job_id: str
    document: ResultDocument
    status: Literal["succeeded", "partial", "failed", "cancelled"]
    schema_: SchemaName | None = Field(default=None, alias="schema")
    data: Any = None
    fields: dict[str, FieldValue] = {}
    summary: ResultSummary | None = None
    completeness: Completeness
    usage: Usage
    produced_by: dict[str, str]
    quality: Literal["draft", "normal"] = "normal"
    warnings: list[Notice] = []
    problem: Problem | None = None
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
