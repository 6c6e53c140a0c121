"""Claiming: the best stage of a queue with everything it needs to begin."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from pipeline.services import Services
from pipeline.stores.records import artifacts, jobs, outbox
from pipeline.stores.records.artifacts import ArtifactRecord
from pipeline.stores.records.claims import claim_stage
from pipeline.stores.records.jobs import Assignment
from pipeline.stores.records.stages import StageRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A stage that is ours, as everything stood when it was claimed."""

    stage: StageRecord
    assignment: Assignment | None
    """`None` where the document was deleted."""
    artifacts: Mapping[str, ArtifactRecord]
    """What the job's stages have made so far, by stage name."""
    known: Mapping[str, Mapping[str, Any]]
    """Facts of what this stage made of the document before, by artifact key."""


Following = Callable[[Connection], Claim | None]
"""Claims what comes next at the end of a transaction that settles something."""


def claim_next(connection: Connection, queue: str, *, worker: str, lease_seconds: float) -> Claim | None:
    """Take the best stage of the queue, answer its ring, and mark its job as running."""
    stage = claim_stage(connection, queue, worker=worker, lease_seconds=lease_seconds)
    if stage is None:
        return None
    outbox.forget_rings(connection, [stage.id])
    assignment = jobs.get_assignment(connection, stage.job_id)
    if assignment is not None and assignment[0].status == "queued":
        jobs.mark_started(connection, stage.job_id)
    return Claim(
        stage=stage,
        assignment=assignment,
        artifacts=artifacts.artifacts_of(connection, stage.job_id),
        known=artifacts.facts_of(
            connection, workspace_id=stage.workspace_id, document_id=stage.document_id, stage=stage.name
        ),
    )


def claim(services: Services, queue: str, worker: str) -> Claim | None:
    """Take the best stage of the queue in a transaction of its own."""
    with services.database.write() as connection:
        return claim_next(connection, queue, worker=worker, lease_seconds=services.settings.jobs.lease_seconds)


def claim_following(services: Services, queue: str, worker: str, *, stopped: Callable[[], bool]) -> Following:
    """Claims the next stage of the queue in the transaction that settles one, until `stopped`."""

    def following(connection: Connection) -> Claim | None:
        if stopped():
            return None
        return claim_next(connection, queue, worker=worker, lease_seconds=services.settings.jobs.lease_seconds)

    return following
