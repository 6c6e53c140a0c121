"""What a stage works with, and what it hands back."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

import orjson
from sqlalchemy import Connection

from pipeline.errors import BlobMissing, SheafError
from pipeline.jobs.artifacts import load, open_artifact
from pipeline.jobs.failures import classify
from pipeline.jobs.retry import RetryPolicy
from pipeline.models.chat import ChatModel
from pipeline.models.feeding import line
from pipeline.models.spending import Ledger, Noted
from pipeline.services import Services
from pipeline.stores.records.artifacts import ArtifactRecord
from pipeline.stores.records.documents import DocumentRecord, RevisionRecord
from pipeline.stores.records.jobs import JobRecord
from pipeline.stores.records.stages import StageRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """A claimed stage with everything it may read. `progress` takes 0 to 1; `cancelled` is asked now and then."""

    services: Services
    stage: StageRecord
    job: JobRecord
    document: DocumentRecord
    revision: RevisionRecord
    artifacts: Mapping[str, ArtifactRecord]
    """What the job's stages have made so far, by stage name."""
    known: Mapping[str, Mapping[str, Any]]
    """Facts of what this stage made of the document before, by artifact key."""
    progress: Callable[[float], None]
    cancelled: Callable[[], bool]
    ledger: Ledger = field(default_factory=Ledger)
    """What the stage has spent on models."""

    @property
    def chat(self) -> ChatModel | None:
        """The chat model, on this stage's account."""
        return self._noted(self.services.chat)

    @property
    def chat_small(self) -> ChatModel | None:
        """The small chat model of a cascade, on this stage's account."""
        return self._noted(self.services.chat_small)

    def _noted(self, model: ChatModel | None) -> ChatModel | None:
        return None if model is None else Noted(line(model, self.job.id), self.ledger)

    def gives_up(self, error: SheafError) -> bool:
        """Whether the stage fails for good if it fails with this now."""
        policy = RetryPolicy(max_attempts=self.services.settings.jobs.max_attempts)
        decision = policy.after(classify(error), attempt=self.stage.attempt, failures=self.stage.failures)
        return decision.retry_in is None

    def artifact(self, name: str) -> ArtifactRecord | None:
        """What another stage of this job made; `None` where the job has no such stage or it did not succeed."""
        return self.artifacts.get(name)

    def needed(self, name: str) -> ArtifactRecord:
        """What a stage before this one made.

        Raises:
            BlobMissing: it is not there, though this stage is only run after it.
        """
        artifact = self.artifact(name)
        if artifact is None:
            raise BlobMissing(f"the artifact of the stage {name} is missing", stage=name)
        return artifact

    def load(self, name: str) -> bytes:
        """All of what a stage before this one made."""
        return load(self.services.blobs, self.needed(name))

    def open(self, name: str) -> BinaryIO:
        """What a stage before this one made, as a file for the parser child."""
        return open_artifact(self.services.blobs, self.needed(name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A stage's artifact. `commit` adds to the transaction that makes it visible."""

    data: bytes
    facts: dict[str, Any] = field(default_factory=dict)
    reusable: bool = True
    """Whether the same inputs may find it again; a makeshift is made for one job only."""
    problem: dict[str, Any] | None = None
    """A failure in spite of which the stage has made something; shown on the stage."""
    commit: Callable[[Connection], None] | None = None
    after: Callable[[], None] | None = None
    """What can be tidied up once that transaction is committed; it may never be called, or fail."""


class Handler(Protocol):
    """One stage. `make` may run twice for the same inputs and must then do no harm."""

    def inputs(self, work: Work) -> list[Any]:
        """Everything that decides what is made, as JSON values: versions, hashes, keys of earlier artifacts."""

    def make(self, work: Work) -> Made:
        """Do the work.

        Raises:
            SheafError: it cannot be done, now or ever; the error says which.
        """


def was_cut_short(facts: Mapping[str, Any]) -> bool:
    """By what extracting or summarizing found out: whether a model that is asked once more might say more."""
    return bool(facts.get("truncated"))


def artifact_key(stage: str, inputs: list[Any]) -> str:
    """SHA-256 in hex of a stage's inputs."""
    return hashlib.sha256(orjson.dumps([stage, *inputs], option=orjson.OPT_SORT_KEYS)).hexdigest()


def blob_key(stage: StageRecord, key: str) -> str:
    """Where a stage's artifact lies."""
    return f"{stage.workspace_id}/{stage.document_id}/{stage.name}-{key}"
