"""Services for tests of the rules of work: real stores, secrets and sender; a doorbell that notes its rings."""

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import numpy as np
from sqlalchemy import Connection

from pipeline.access.secrets import SecretBox
from pipeline.delivery.sender import Sender
from pipeline.delivery.signer import new_secret
from pipeline.jobs import settle
from pipeline.jobs.accept import Acceptance, Upload, accept
from pipeline.jobs.claims import claim
from pipeline.jobs.doorbell import QUEUES, Queue
from pipeline.jobs.handlers.finish import Finish
from pipeline.jobs.handlers.work import Handler, Made, Work
from pipeline.jobs.leases import Lease
from pipeline.jobs.options import JobOptions
from pipeline.jobs.retry import RetryPolicy
from pipeline.jobs.run import run_stage
from pipeline.services import Services
from pipeline.settings import Settings
from pipeline.stores.folder import FolderBlobs
from pipeline.stores.records import workspaces
from pipeline.stores.records.database import Database
from pipeline.stores.vectors import Vectors
from tests.support.late_vectors import LateVectors

WORKSPACE = "ws_1"
DIMENSIONS = 4


@dataclass
class NotingDoorbell:
    rings: list[Queue] = field(default_factory=list)

    def ring(self, queue: Queue) -> bool:
        self.rings.append(queue)
        return True


def make_services(database: Database, folder: Path, **settings: Any) -> Services:
    """Everything but engines: no reader, no models; tests bring handlers of their own."""
    made = Settings(data_dir=folder, **settings)
    secrets = SecretBox.open(folder / "master.key")
    with database.write() as connection:
        workspaces.add_workspace(connection, id=WORKSPACE, name="default", webhook_secret=secrets.seal(new_secret()))
    nothing = cast("Any", None)
    return Services(
        settings=made,
        database=database,
        blobs=FolderBlobs(folder / "blobs", 0),
        vectors=cast("Vectors", LateVectors(folder / "vectors", DIMENSIONS)),
        doorbell=NotingDoorbell(),
        embedder=nothing,
        sandbox=nothing,
        on_demand=nothing,
        reader=nothing,
        secrets=secrets,
        sender=Sender(made.webhooks),
        transcriber=None,
        chat=None,
    )


@dataclass
class Scripted:
    """A handler that answers from a list of results and errors, the last one for ever; it counts its calls."""

    steps: list[bytes | Exception] = field(default_factory=lambda: [b"{}"])
    facts: dict[str, Any] = field(default_factory=dict)
    during: Callable[[Work], None] | None = None
    calls: int = 0

    def inputs(self, work: Work) -> list[Any]:
        return [work.revision.sha256]

    def make(self, work: Work) -> Made:
        step = self.steps[min(self.calls, len(self.steps) - 1)]
        self.calls += 1
        if self.during is not None:
            self.during(work)
        if isinstance(step, Exception):
            raise step
        return Made(data=step, facts=self.facts, commit=self._commit)

    def _commit(self, connection: Connection) -> None:
        del connection


EXTRACTION = b'{"data":{"total":10.50},"fields":{},"rows":{},"warnings":[],"produced_by":{}}'
SUMMARY = b'{"text":"Short.","points":["Short."],"evidence":[],"warnings":[],"produced_by":{}}'


def handlers(**replaced: Handler) -> dict[str, Handler]:
    usual: dict[str, Handler] = {
        "read": Scripted(facts={"pages_total": 1, "pages_failed": []}),
        "extract": Scripted([EXTRACTION]),
        "summarize": Scripted([SUMMARY]),
        "index": Scripted(),
        "annotate": Scripted(),
        "finish": Finish(),
    }
    return usual | replaced


def text_upload(content: bytes) -> Upload:
    return Upload(
        source=io.BytesIO(content), name="a.txt", size=len(content), sha256=hashlib.sha256(content).hexdigest()
    )


def submit(services: Services, content: bytes = b"some words", **options: Any) -> Acceptance:
    key = options.pop("idempotency_key", None)
    return accept(
        services, text_upload(content), JobOptions(**options), workspace_id=WORKSPACE, actor="test", idempotency_key=key
    )


def work_all(services: Services, by: Mapping[str, Handler], *, limit: int = 50) -> int:
    """Claim and run until nothing can be claimed; how many stages were run.

    What is to be tried again is so after half a minute at the earliest: not yet, however slow the machine.
    """
    with patch.object(settle, "RetryPolicy", partial(RetryPolicy, base_seconds=60.0)):
        return _work_all(services, by, limit)


def _work_all(services: Services, by: Mapping[str, Handler], limit: int) -> int:
    done = 0
    while done < limit:
        claimed = [found for queue in QUEUES if (found := claim(services, queue, "t"))]
        if not claimed:
            return done
        for each in claimed:
            run_stage(services, each, Lease(each.stage), by)
            done += 1
    raise AssertionError(f"still working after {limit} stages")


def unit_vector(seed: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    vector = np.random.default_rng(seed).normal(size=DIMENSIONS).astype(np.float32)
    return vector / np.float32(np.linalg.norm(vector))
