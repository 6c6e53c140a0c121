"""Documents whose time is over are deleted, and no others."""

from pathlib import Path

import pytest
from sqlalchemy import update

from pipeline.errors import InvalidRequest
from pipeline.jobs import retention
from pipeline.jobs.accept import accept_again
from pipeline.jobs.options import JobOptions
from pipeline.jobs.results import result
from pipeline.jobs.sweep import tidy
from pipeline.stores.records import audit, documents, jobs, workspaces
from tests.support.services import WORKSPACE, handlers, make_services, submit, work_all

DAY = 86_400.0


@pytest.fixture
def services(database, tmp_path: Path):
    made = make_services(database, tmp_path)
    yield made
    made.vectors.close()


def classes(services, **days):
    with services.database.write() as connection:
        workspaces.set_retention(connection, WORKSPACE, days)


def age(services, document_id, seconds):
    """As though it had been uploaded, read and worked on so much earlier."""
    with services.database.write() as connection:
        table = documents.documents
        earlier = {"created_at": table.c.created_at - seconds, "read_at": table.c.read_at - seconds}
        connection.execute(update(table).where(table.c.id == document_id).values(**earlier))
        done = jobs.jobs.c.finished_at - seconds
        connection.execute(update(jobs.jobs).where(jobs.jobs.c.document_id == document_id).values(finished_at=done))


def there(services, document_id):
    with services.database.read() as connection:
        return documents.get_document(connection, WORKSPACE, document_id) is not None


def done(services, **options):
    accepted = submit(services, **options)
    work_all(services, handlers())
    return accepted


def test_a_class_keeps_its_documents_for_its_days_and_nobody_elses(services):
    classes(services, default=30, short=7)
    usual, short = done(services).document_id, done(services, retention="short").document_id
    for document_id in (usual, short):
        age(services, document_id, 6.9 * DAY)
    tidy(services)
    assert there(services, usual)
    assert there(services, short)
    for document_id in (usual, short):
        age(services, document_id, 0.2 * DAY)
    tidy(services)
    assert there(services, usual)
    assert not there(services, short)
    age(services, usual, 23 * DAY)
    tidy(services)
    assert not there(services, usual)
    with services.database.read() as connection:
        deleted = [e.actor for e in audit.list_events(connection, WORKSPACE) if e.action == "document.deleted"]
    assert deleted == ["retention", "retention"]


def test_without_classes_everything_is_kept(services):
    document_id = done(services).document_id
    age(services, document_id, 10_000 * DAY)
    tidy(services)
    assert there(services, document_id)


def test_what_is_worked_on_is_waited_for(services):
    classes(services, default=1)
    document_id = submit(services).document_id
    age(services, document_id, 2 * DAY)
    tidy(services)
    assert there(services, document_id)
    work_all(services, handlers())
    tidy(services)
    assert not there(services, document_id)


def test_a_class_that_the_workspace_has_not_is_refused(services):
    with pytest.raises(InvalidRequest, match="short"):
        submit(services, retention="short")


def test_what_is_not_stored_goes_a_minute_after_it_was_read(services):
    accepted = done(services, retention="none")
    age(services, accepted.document_id, 600)
    tidy(services)
    assert there(services, accepted.document_id), "nobody has read it"
    assert result(services, accepted.job_id, workspace_id=WORKSPACE)
    tidy(services)
    assert result(services, accepted.job_id, workspace_id=WORKSPACE), "a broken connection can be made good"
    age(services, accepted.document_id, retention.AFTER_READ_SECONDS + 1)
    tidy(services)
    assert not there(services, accepted.document_id)
    assert not any(path.is_file() for path in (services.settings.data_dir / "blobs").rglob("*"))


def test_what_is_not_stored_goes_an_hour_after_its_end_where_nobody_reads_it(services):
    document_id = done(services, retention="none").document_id
    age(services, document_id, retention.AFTER_END_SECONDS + 1)
    tidy(services)
    assert not there(services, document_id)


def test_what_is_stored_is_not_deleted_for_being_read(services):
    accepted = done(services)
    assert result(services, accepted.job_id, workspace_id=WORKSPACE)
    age(services, accepted.document_id, DAY)
    tidy(services)
    assert there(services, accepted.document_id)


def test_what_is_not_stored_is_not_indexed_at_the_first_job_nor_at_a_later_one(services):
    accepted = done(services, retention="none")
    with services.database.read() as connection:
        job = jobs.get_job(connection, accepted.job_id)
    assert job is not None
    assert job.tasks == ["summarize"]
    with pytest.raises(InvalidRequest, match="indexed"):
        submit(services, retention="none", tasks=("index",))
    again = {"workspace_id": WORKSPACE, "actor": "test"}
    with pytest.raises(InvalidRequest, match="indexed"):
        accept_again(services, accepted.document_id, JobOptions(tasks=("index",)), **again)
    job_id = accept_again(services, accepted.document_id, JobOptions(), **again)
    with services.database.read() as connection:
        assert jobs.get_job(connection, job_id).tasks == ["summarize"]
