"""Documents and jobs as the REST API shows them, and the result envelope."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from schemas.documents import Notice
from schemas.evidence import Evidence
from schemas.extraction import FieldValue, RowCount
from schemas.problems import Problem
from schemas.usage import ModelUsage

Task = Literal["extract", "summarize", "index"]
TASKS: tuple[Task, ...] = ("extract", "summarize", "index")


def _split(tasks: object) -> object:
    return [task.strip() for task in tasks.split(",")] if isinstance(tasks, str) else tasks


_Listed = Annotated[str, Field(pattern=rf"^\s*({'|'.join(TASKS)})\s*(,\s*({'|'.join(TASKS)})\s*)*$")]
Tasks = Annotated[list[Task], BeforeValidator(_split, json_schema_input_type=list[Task] | _Listed)]
"""A list, or a text with commas as in a form."""

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
    document_name: str | None = None
    """As uploaded; `None` once the document is deleted."""
    status: JobStatus
    schema_: str | None = Field(default=None, alias="schema")
    """`name@version`, or `inline`."""
    tasks: list[Task]
    progress: float
    """0 to 1 over all stages."""
    queue_position: int | None
    """How many jobs of the workspace are claimed before this one; `None` once it runs."""
    stages: list[StageView]
    created_at: datetime
    finished_at: datetime | None
    problem: Problem | None
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Accepted(_Model):
    """The answer `202` to an upload."""

    document: DocumentView
    job: JobView


class JobRequest(_Model):
    """`POST /v1/jobs`: run again over a stored document."""

    document_id: str = Field(min_length=1, max_length=60)
    schema_: str | dict[str, Any] | None = Field(default=None, alias="schema")
    """`name`, `name@version`, or a JSON Schema."""
    tasks: Tasks | None = None
    webhook_url: str | None = None
    metadata: dict[str, Any] = {}
    """Comes back in events about this job."""
    password: str | None = Field(default=None, max_length=1_024)
    """Of an encrypted document."""


class RetryRequest(_Model):
    """`POST /v1/jobs/{id}/retry`."""

    password: str | None = Field(default=None, max_length=1_024)
    """Of an encrypted document; it is kept encrypted until the document has been read."""


class DeletionReceipt(_Model):
    """What was removed with a document."""

    document_id: str
    blobs: int
    """Stored files: the document itself and everything made of it."""
    chunks: int
    vectors: int
    deleted_at: datetime


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
    """Of all models together, in `currency`."""
    currency: str | None = None
    """`None` where no model was asked."""
    models: list[ModelUsage] = []
    """What this job asked of each model; what was made by an earlier job and used again is not counted again."""


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
