"""A job's result, byte for byte as it was stored: no number in it passes through a float."""

from pipeline.errors import BlobMissing, NotFound, ResultNotReady
from pipeline.jobs.artifacts import load
from pipeline.jobs.schemas import INLINE
from pipeline.jobs.verdict import unknown_problem
from pipeline.jobs.views import need_job
from pipeline.services import Services
from pipeline.stores.records import artifacts, documents, retention
from pipeline.stores.records.documents import DocumentRecord
from pipeline.stores.records.jobs import JobRecord
from schemas import exact_json
from schemas.jobs import TERMINAL, Completeness, Result, ResultDocument, SchemaName, Usage
from schemas.problems import Problem


def result(services: Services, job_id: str, *, workspace_id: str, delivers: bool = True) -> bytes:
    """The result envelope as JSON. Of what is not to be stored, it counts as read unless it `delivers` it to nobody.

    Raises:
        NotFound: there is no such job, or its document was deleted.
        ResultNotReady: the job has not ended.
        BlobMissing: the stored result is gone.
    """
    with services.database.read() as connection:
        job = need_job(connection, workspace_id, job_id)
        document = documents.get_document(connection, workspace_id, job.document_id)
    if document is None:
        raise NotFound("the document of this job was deleted", id=job.document_id)
    if job.status not in TERMINAL:
        raise ResultNotReady(f"the job is {job.status}", job_status=job.status)
    if job.result_key is not None:
        body = _stored(services, job.result_key, job=job)
    else:
        body = exact_json.dumps(_without_data(job, document))
    # Last: what could not be loaded was not read.
    if delivers and document.retention == retention.NONE:
        with services.database.write() as connection:
            retention.note_read(connection, document.id, finished_at=job.finished_at)
    return body


def _stored(services: Services, key: str, *, job: JobRecord) -> bytes:
    with services.database.read() as connection:
        artifact = artifacts.get_artifact(
            connection,
            workspace_id=job.workspace_id,
            document_id=job.document_id,
            stage="finish",
            key=key,
        )
    if artifact is None:
        raise BlobMissing("the stored result is gone", id=job.id)
    return load(services.blobs, artifact)


def _without_data(job: JobRecord, document: DocumentRecord) -> Result:
    """What is said of a job that ended before its last stage: it was cancelled, or failed beyond help."""
    assert job.status in {"cancelled", "failed"}
    schema = None
    if job.schema_name is not None:
        schema = SchemaName(name=job.schema_name, version=None if job.schema_name == INLINE else job.schema_version)
    problem = job.problem if job.problem is not None or job.status == "cancelled" else unknown_problem()
    return Result(
        job_id=job.id,
        document=ResultDocument(
            id=document.id,
            name=document.name,
            media_type=document.media_type,
            sha256=document.sha256,
            pages=document.pages,
            seconds=document.seconds,
        ),
        status="cancelled" if job.status == "cancelled" else "failed",
        schema_=schema,
        completeness=Completeness(complete=False, pages_read=None, pages_total=document.pages),
        usage=Usage(),
        produced_by={},
        problem=None if problem is None else Problem.model_validate(problem),
    )
