"""Documents whose time is over are deleted, and no others."""

import time
from pathlib import Path

import pytest
from sqlalchemy import update

from pipeline.errors import BlobMissing, InvalidRequest, StoreError
from pipeline.jobs import deletion, retention, sweep
from pipeline.jobs.accept import accept_again
from pipeline.jobs.options import JobOptions
from pipeline.jobs.results import result
from pipeline.jobs.sweep import tidy
from pipeline.jobs.watching import Watcher
from pipeline.settings import WatchFolder
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
        bytes_of = documents.revisions
        uploaded = {"created_at": bytes_of.c.created_at - seconds}
        connection.execute(update(bytes_of).where(bytes_of.c.document_id == document_id).values(**uploaded))
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


def overdue(services, number):
    classes(services, default=1)
    made = [submit(services, f"words {n}".encode()).document_id for n in range(number)]
    work_all(services, handlers(), limit=500)
    for document_id in made:
        age(services, document_id, 2 * DAY)
    return made


def left(services, made):
    return sum(there(services, document_id) for document_id in made)


def test_a_store_that_is_away_is_asked_once_a_round(services, monkeypatch):
    made = overdue(services, 3)
    asked = []

    def away(_services, document_id, **_):
        asked.append(document_id)
        raise StoreError("away")

    monkeypatch.setattr(deletion, "purge", away)
    assert not retention.retire(services, until=time.monotonic() + 60)
    assert (len(asked), left(services, made)) == (1, 2)
    monkeypatch.undo()
    tidy(services)
    assert left(services, made) == 0


def test_a_fault_of_one_document_holds_up_no_other(services, monkeypatch):
    made = overdue(services, 3)
    delete = retention.delete_document

    def faulty(services, document_id, **options):
        if document_id == made[0]:
            raise ValueError("nobody has thought of this")
        return delete(services, document_id, **options)

    monkeypatch.setattr(retention, "delete_document", faulty)
    assert not retention.retire(services, until=time.monotonic() + 60)
    assert left(services, made) == 1


def test_a_round_ends_at_its_time_and_is_gone_on_with(services, monkeypatch):
    made = overdue(services, 2)
    monkeypatch.setattr(sweep, "TIDY_FOR_SECONDS", 0.0)
    assert tidy(services)
    assert left(services, made) == 2
    monkeypatch.undo()
    monkeypatch.setattr(retention, "AT_A_TIME", 1)
    assert tidy(services), "there may be more than were looked for"
    assert left(services, made) == 1
    monkeypatch.undo()
    assert not tidy(services)
    assert left(services, made) == 0


def test_what_could_not_be_loaded_and_what_only_headers_were_asked_of_was_not_read(services, monkeypatch):
    accepted = done(services, retention="none")

    def gone(*_):
        raise BlobMissing("gone")

    monkeypatch.setattr("pipeline.jobs.results.load", gone)
    with pytest.raises(BlobMissing):
        result(services, accepted.job_id, workspace_id=WORKSPACE)
    monkeypatch.undo()
    assert result(services, accepted.job_id, workspace_id=WORKSPACE, delivers=False)
    age(services, accepted.document_id, retention.AFTER_READ_SECONDS + 1)
    tidy(services)
    assert there(services, accepted.document_id)


def test_a_new_jobs_result_is_waited_for_although_the_first_was_read(services):
    first = done(services, retention="none")
    assert result(services, first.job_id, workspace_id=WORKSPACE)
    age(services, first.document_id, 30)
    again = accept_again(services, first.document_id, JobOptions(), workspace_id=WORKSPACE, actor="test")
    work_all(services, handlers())
    age(services, first.document_id, retention.AFTER_READ_SECONDS + 1)
    tidy(services)
    assert result(services, first.job_id, workspace_id=WORKSPACE), "the earlier one, which says nothing of the later"
    age(services, first.document_id, retention.AFTER_READ_SECONDS + 1)
    tidy(services)
    assert result(services, again, workspace_id=WORKSPACE)
    age(services, first.document_id, retention.AFTER_READ_SECONDS + 1)
    tidy(services)
    assert not there(services, first.document_id)


def test_the_repetition_of_an_upload_is_answered_although_its_class_is_gone(services):
    classes(services, short=7)
    first = submit(services, retention="short", idempotency_key="k")
    classes(services)
    again = submit(services, retention="short", idempotency_key="k")
    assert (again.job_id, again.created) == (first.job_id, False)


def watched(services, folder):
    """As a process that has just begun looks at the folder."""
    taken = Watcher(services, WatchFolder(path=folder, stable_seconds=0), WORKSPACE).look()
    work_all(services, handlers())
    with services.database.read() as connection:
        return taken, [document.id for document in documents.list_documents(connection, WORKSPACE, after=None, limit=9)]


def test_a_watched_file_is_not_taken_again_after_its_time_but_new_bytes_of_it_are(services, tmp_path):
    folder = tmp_path / "watched"
    folder.mkdir()
    (folder / "a.txt").write_text("words")
    classes(services, default=1)
    _, (document_id,) = watched(services, folder)
    age(services, document_id, 2 * DAY)
    tidy(services)
    assert watched(services, folder) == (0, [])
    (folder / "a.txt").write_text("other words")
    taken, found = watched(services, folder)
    assert (taken, len(found)) == (1, 1)
    assert found != [document_id]


def test_new_bytes_begin_a_new_time(services, tmp_path):
    folder = tmp_path / "watched"
    folder.mkdir()
    (folder / "a.txt").write_text("words")
    classes(services, default=1)
    _, (document_id,) = watched(services, folder)
    age(services, document_id, 2 * DAY)
    (folder / "a.txt").write_text("other words")
    assert watched(services, folder) == (1, [document_id])
    tidy(services)
    assert there(services, document_id)
    age(services, document_id, 2 * DAY)
    tidy(services)
    assert not there(services, document_id)
