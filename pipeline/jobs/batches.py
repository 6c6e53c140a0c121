"""Batches: a folder under a declared root, file by file, so that an interruption loses nothing and doubles nothing."""

import logging
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from pipeline.access.limits import for_batches, limits_of
from pipeline.errors import InputError, InvalidRequest, NotFound, SheafError, StorageFull
from pipeline.intake.folders import find_files, resolve_source, unreadable
from pipeline.jobs.events import emit
from pipeline.jobs.failures import classify
from pipeline.jobs.ingest import ingest_file, with_batch
from pipeline.jobs.options import JobOptions, check_options
from pipeline.jobs.schemas import resolve
from pipeline.services import Services
from pipeline.settings import Limits
from pipeline.stores.records import audit, batches, jobs, workspaces
from pipeline.stores.records.batches import BatchFileRecord, BatchRecord
from pipeline.stores.records.tables import current_time, new_id
from schemas.batches import BatchRequest
from schemas.jobs import TERMINAL

log = logging.getLogger("sheaf.batches")

FILES_AT_ONCE = 20
ACTOR = "batch"


def create_batch(services: Services, request: BatchRequest, *, workspace_id: str, actor: str) -> str:
    """Note a batch; its files are listed and ingested from now on. Returns its id.

    Raises:
        ForbiddenPath: the source lies outside the declared roots.
        InputError: the source is no folder, or an option cannot be used.
    """
    resolve_source(request.source, services.settings.batches.roots)
    options = {
        "schema": request.schema_,
        "tasks": request.tasks,
        "collection": request.collection,
    }
    batch_id = new_id("bat")
    with services.database.write(durable=True) as connection:
        check_options(_options(options, request.webhook_url), services.settings.webhooks)
        if request.schema_ is not None:
            resolve(connection, workspace_id, request.schema_)
        batches.add_batch(
            connection,
            id=batch_id,
            workspace_id=workspace_id,
            source=request.source,
            pattern=request.pattern,
            options=options,
            webhook_url=request.webhook_url,
        )
        audit.add_event(connection, workspace_id=workspace_id, actor=actor, action="batch.created", object_id=batch_id)
    return batch_id


def _options(stored: dict[str, Any], webhook_url: str | None = None) -> JobOptions:
    tasks = stored["tasks"]
    return JobOptions(
        schema=stored["schema"],
        tasks=tuple(tasks) if isinstance(tasks, list) else None,
        collection=stored["collection"],
        webhook_url=webhook_url,
    )


def step_batches(services: Services, stopped: Callable[[], bool] = lambda: False) -> bool:
    """Move every open batch on by some files, or until `stopped`; whether there is more to do at once.

    Raises:
        SheafError: a store is away; every batch was stepped as far as it goes.
    """
    with services.database.read() as connection:
        todo = batches.open_batches(connection)
    moved, faults = False, list[Exception]()
    for batch in todo:
        try:
            moved = _step(services, batch, stopped) or moved
        except Exception as error:  # noqa: BLE001 - raised below, once no other batch has to wait for it
            faults.append(error)
    if faults:
        raise faults[0]
    return moved


def _step(services: Services, batch: BatchRecord, stopped: Callable[[], bool]) -> bool:
    try:
        if batch.status == "listing":
            _list_files(services, batch)
            return True
        return _ingest_some(services, batch, stopped)
    except InputError as error:
        _end(services, batch, "failed", classify(error).as_json())
    except OSError as error:
        fault = InvalidRequest(f"the folder could not be read: {error.strerror}", field="source")
        _end(services, batch, "failed", classify(fault).as_json())
    return False


def _list_files(services: Services, batch: BatchRecord) -> None:
    folder = resolve_source(batch.source, services.settings.batches.roots)
    found = list(find_files(folder, batch.pattern, limit=services.settings.batches.max_files))
    with services.database.write() as connection:
        # Another process may have listed it in the meantime.
        if batches.set_batch_status(connection, batch.id, "running"):
            batches.add_batch_files(connection, batch.id, [(file.path, file.size) for file in found])


def _ingest_some(services: Services, batch: BatchRecord, stopped: Callable[[], bool]) -> bool:
    with services.database.read() as connection:
        counts = batches.count_batch_files(connection, batch.id)
        room = services.settings.batches.open_jobs - counts.get("working", 0)
        pending = batches.list_batch_files(
            connection, batch.id, statuses=["pending"], limit=max(0, min(room, FILES_AT_ONCE))
        )
        workspace = workspaces.get_workspace(connection, batch.workspace_id)
    limits = for_batches(limits_of(services.settings.limits, workspace.limits if workspace else {}))
    full: StorageFull | None = None
    for file in pending:
        if stopped():
            return False
        try:
            _ingest(services, batch, file, limits)
        except StorageFull as error:  # for this file; there may be room for a smaller one
            full = error
    if full is not None:
        raise full
    if not counts.get("pending") and not counts.get("working"):
        _end(services, batch, "finished", None)
    return bool(pending)


def _ingest(services: Services, batch: BatchRecord, file: BatchFileRecord, limits: Limits) -> None:
    folder = resolve_source(batch.source, services.settings.batches.roots)
    document_id = job_id = problem = None
    try:
        ingested = ingest_file(
            services,
            folder,
            file.path,
            with_batch(_options(batch.options), batch.id),
            workspace_id=batch.workspace_id,
            actor=ACTOR,
            idempotency_key=f"{batch.id}/{file.number}",
            limits=limits,
        )
    except FileNotFoundError:
        status, problem = "refused", classify(NotFound("the file is gone")).as_json()
    except SheafError as error:
        failure = classify(error)
        if failure.retryable:
            raise
        status, problem = "refused", failure.as_json()
    except OSError as error:
        status, problem = "refused", classify(unreadable(file.path, error)).as_json()
    except Exception as error:
        # A fault of ours that one file brings out must not hold up the others.
        log.exception("batch %s: %s not ingested", batch.id, file.path)
        status, problem = "refused", classify(error).as_json()
    else:
        document_id, job_id = ingested.document_id, ingested.job_id
        status = "working" if ingested.created else "unchanged"
    with services.database.write() as connection:
        if job_id is not None:
            status, problem = _standing(connection, file, job_id, status)
        batches.set_batch_file(
            connection,
            batch.id,
            file.number,
            status=status,
            document_id=document_id,
            job_id=job_id,
            problem=problem,
        )


def _standing(
    connection: Connection, file: BatchFileRecord, job_id: str, status: str
) -> tuple[str, dict[str, Any] | None]:
    """How a file with this job stands, and why."""
    # Locked, so that the job does not end between our look and our note of it.
    job = jobs.get_job(connection, job_id, lock=True)
    if job is None:
        return status, None
    ours = job.batch_id == file.batch_id
    if status == "unchanged" and ours and not batches.is_job_of_other(connection, file.batch_id, file.number, job_id):
        # It was accepted for this file by a process that died before it could note so.
        status = "working"
    if status == "working" and job.status in TERMINAL:
        return job.status, job.problem
    return status, None


def _end(services: Services, batch: BatchRecord, status: str, problem: dict[str, Any] | None) -> None:
    with services.database.write() as connection:
        if batches.set_batch_status(connection, batch.id, status, problem=problem):
            _emit_finished(connection, services, batch, status)
    services.doorbell.ring("deliver")


def _emit_finished(connection: Connection, services: Services, batch: BatchRecord, status: str) -> None:
    emit(
        connection,
        services.settings,
        "batch.finished",
        event_id=f"evt_{uuid.uuid5(uuid.NAMESPACE_URL, f'sheaf:{batch.id}').hex}",
        workspace_id=batch.workspace_id,
        status=status,
        now=current_time(connection),
        batch_id=batch.id,
        webhook_url=batch.webhook_url,
    )
