"""How much a workspace may store: every file counts until its document is gone, and none twice."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select, update

from pipeline.access import recounting
from pipeline.access.limits import check_room
from pipeline.access.recounting import recount
from pipeline.errors import DatabaseUnavailable, NotFound, StorageQuotaExceeded, VectorsUnavailable
from pipeline.jobs.accept import accept, accept_again
from pipeline.jobs.deletion import delete_document, purge
from pipeline.jobs.ingest import ingest_file
from pipeline.jobs.options import JobOptions
from pipeline.jobs.sweep import tidy
from pipeline.settings import Limits
from pipeline.stores.records import audit, documents, jobs, quotas, stored_bytes, workspaces
from tests.support.losing import LosingDatabase
from tests.support.services import WORKSPACE, handlers, make_services, submit, text_upload, work_all

NONE = Limits(**dict.fromkeys(Limits.model_fields, 0))
OURS = {"workspace_id": WORKSPACE, "actor": "test"}


@pytest.fixture
def services(database, tmp_path: Path):
    made = make_services(database, tmp_path)
    yield made
    made.vectors.close()


@pytest.fixture
def embedded(sqlite_database, tmp_path: Path):
    """For what is the same on either database."""
    made = make_services(sqlite_database, tmp_path)
    yield made
    made.vectors.close()


def send(services, content, *, at_most=0, **more):
    limits = NONE.model_copy(update={"stored_bytes": at_most})
    return accept(services, text_upload(content), JobOptions(), limits=limits, **OURS, **more)


def stored(services):
    """What is counted, which is what the files that lie there have together."""
    with services.database.read() as connection:
        counted = stored_bytes.stored(connection, WORKSPACE)
        sizes = connection.execute(select(func.sum(documents.revisions.c.size))).scalar()
    assert counted == int(sizes or 0)
    return counted


def delete(services, document_id):
    return delete_document(services, document_id, **OURS)


def at_once(*work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def blobs(services):
    return sum(path.is_file() for path in (services.settings.data_dir / "blobs").rglob("*"))


def test_the_last_byte_that_fits_is_taken_and_one_more_is_not(services):
    send(services, b"x" * 60, at_most=100)
    with pytest.raises(StorageQuotaExceeded) as refused:
        send(services, b"x" * 41, at_most=100)
    assert refused.value.facts == {"quota": "stored_bytes", "limit": 100, "stored": 60}, "waiting does not help"
    assert (stored(services), blobs(services)) == (60, 1)
    send(services, b"x" * 40, at_most=100)
    assert stored(services) == 100


def test_room_can_be_asked_for_before_the_bytes_come(embedded):
    send(embedded, b"x" * 60)
    with embedded.database.read() as connection:
        check_room(connection, WORKSPACE, NONE.model_copy(update={"stored_bytes": 100}), size=40)
        with pytest.raises(StorageQuotaExceeded):
            check_room(connection, WORKSPACE, NONE.model_copy(update={"stored_bytes": 100}), size=41)


def test_a_deleted_document_makes_room_once_however_often_it_is_purged(services):
    send(services, b"y" * 10)
    document_id = send(services, b"x" * 60).document_id
    delete(services, document_id)
    purge(services, document_id, workspace_id=WORKSPACE)
    assert stored(services) == 10
    send(services, b"x" * 90, at_most=100)


def test_processes_that_purge_a_document_at_once_make_room_once(services):
    send(services, b"y" * 10)
    document_id = send(services, b"x" * 60).document_id
    with services.database.write() as connection:
        documents.mark_deleted(connection, document_id)
    at_once(*[lambda: purge(services, document_id, workspace_id=WORKSPACE)] * 6)
    assert stored(services) == 10


def test_what_a_broken_purge_left_makes_room_when_it_is_ended(embedded, monkeypatch):
    document_id = send(embedded, b"x" * 60).document_id
    usual = embedded.vectors.delete_document

    def away(**_):
        raise VectorsUnavailable

    monkeypatch.setattr(embedded.vectors, "delete_document", away)
    with pytest.raises(VectorsUnavailable):
        delete(embedded, document_id)
    assert stored(embedded) == 60, "it is not over"
    monkeypatch.setattr(embedded.vectors, "delete_document", usual)
    tidy(embedded)
    assert stored(embedded) == 0


def test_every_revision_counts_and_goes_with_its_document(services):
    document_id = send(services, b"x" * 60).document_id
    with pytest.raises(StorageQuotaExceeded):
        send(services, b"y" * 50, at_most=100, replaces=document_id)
    send(services, b"y" * 40, at_most=100, replaces=document_id)
    assert stored(services) == 100
    delete(services, document_id)
    assert stored(services) == 0


def test_a_job_without_an_upload_stores_nothing_and_nor_does_a_file_that_is_known(embedded, tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    for name in ("a.txt", "copy.txt"):
        (folder / name).write_bytes(b"x" * 60)
    for name in ("a.txt", "copy.txt"):
        document_id = ingest_file(embedded, folder, name, JobOptions(), **OURS).document_id
    accept_again(embedded, document_id, JobOptions(tasks=("index",)), **OURS)
    assert stored(embedded) == 60
    send(embedded, b"x" * 60)
    assert stored(embedded) == 120, "whoever uploads the same bytes again stores them again"


def test_a_repeated_request_is_answered_although_nothing_more_may_be_stored(embedded):
    first = send(embedded, b"x" * 60, at_most=60, idempotency_key="k")
    again = send(embedded, b"x" * 60, at_most=60, idempotency_key="k")
    assert (again.job_id, again.created) == (first.job_id, False)
    assert stored(embedded) == 60


def test_what_comes_without_limits_counts_and_is_never_refused(embedded):
    submit(embedded, b"x" * 60)
    with pytest.raises(StorageQuotaExceeded):
        send(embedded, b"y", at_most=60)


def test_retention_and_results_that_are_not_stored_make_room(embedded):
    with embedded.database.write() as connection:
        workspaces.set_retention(connection, WORKSPACE, {"default": 1})
    submit(embedded, b"x" * 60)
    submit(embedded, b"y" * 10, retention="none")
    work_all(embedded, handlers())
    assert stored(embedded) == 70
    with embedded.database.write() as connection:
        for table, column in ((jobs.jobs, "finished_at"), (documents.documents, "created_at")):
            connection.execute(update(table).values({column: table.c[column] - 2 * 86_400}))
    tidy(embedded)
    assert stored(embedded) == 60, "its bytes are younger than a day"
    with embedded.database.write() as connection:
        since = documents.revisions.c.created_at
        connection.execute(update(documents.revisions).values(created_at=since - 2 * 86_400))
    tidy(embedded)
    assert stored(embedded) == 0


@pytest.mark.parametrize("midnight", [False, True])
def test_uploads_at_once_do_not_get_past_the_quota_together(services, monkeypatch, midnight):
    """At midnight they count on two days, whose rows make nobody wait for the other."""
    if midnight:
        monkeypatch.setattr(quotas, "take", lambda *_: quotas.Used())
    taken, refused = [], []

    def upload():
        try:
            taken.append(send(services, b"x" * 10, at_most=30))
        except StorageQuotaExceeded:
            refused.append(1)

    at_once(*[upload] * 12)
    assert (len(taken), len(refused), stored(services), blobs(services)) == (3, 9, 30, 3)


def test_one_workspace_neither_fills_nor_frees_what_another_has(services):
    with services.database.write() as connection:
        workspaces.add_workspace(connection, id="ws_2", name="other", webhook_secret="sealed")
    accept(services, text_upload(b"x" * 60), JobOptions(), workspace_id="ws_2", actor="test")
    document_id = send(services, b"x" * 60, at_most=60).document_id
    delete(services, document_id)
    with services.database.read() as connection:
        assert stored_bytes.of_workspaces(connection) == {WORKSPACE: 0, "ws_2": 60}
        assert stored_bytes.stored(connection, "ws_none") == 0


@pytest.mark.parametrize(("committed", "size"), [(False, 0), (True, 60)])
def test_an_upload_whose_commit_was_lost_counts_where_it_happened(sqlite_database, tmp_path, committed, size):
    database = LosingDatabase(str(sqlite_database.url), committed=committed)
    services = make_services(database, tmp_path)
    database.left = 1
    with pytest.raises(DatabaseUnavailable):
        send(services, b"x" * 60)
    assert stored(services) == size


def test_a_revision_that_meets_the_deletion_of_its_document_goes_with_it(postgres_database, tmp_path, monkeypatch):
    """It came behind the purge, and its bytes and their count stayed for ever."""
    services = make_services(postgres_database, tmp_path)
    document_id = send(services, b"x" * 60).document_id
    usual = documents.add_revision
    deletion = threading.Thread(target=lambda: delete(services, document_id))

    def meanwhile(*arguments, **more):
        deletion.start()
        deletion.join(timeout=0.5)
        return usual(*arguments, **more)

    monkeypatch.setattr(documents, "add_revision", meanwhile)
    send(services, b"y" * 40, replaces=document_id)
    deletion.join()
    assert (stored(services), blobs(services)) == (0, 0)
    with pytest.raises(NotFound):
        send(services, b"z", replaces=document_id)
    services.vectors.close()


def wrong(services, by):
    with services.database.write() as connection:
        stored_bytes.add(connection, WORKSPACE, by)


def set_right(services, **more):
    found = recount(services.database, WORKSPACE, actor="test", **{"mend": True, **more})
    return found.counted, found.stored


def recounted(services):
    with services.database.read() as connection:
        events = audit.list_events(connection, WORKSPACE)
    return [event.details for event in events if event.action == "workspace.recounted"]


def test_a_count_that_is_right_is_left_alone_and_one_that_is_not_is_mended(services):
    assert set_right(services) == (0, 0), "nothing was ever stored"
    document_id = send(services, b"x" * 60).document_id
    send(services, b"y" * 40, replaces=document_id)
    assert set_right(services) == (100, 100)
    for by in (7, -500):
        wrong(services, by)
        assert set_right(services, mend=False) == set_right(services) == (100 + by, 100)
        assert stored(services) == 100
    assert recounted(services) == [{"counted": 107, "stored": 100}, {"counted": -400, "stored": 100}]


def test_files_that_were_never_counted_are(embedded):
    send(embedded, b"x" * 60)
    with embedded.database.write() as connection:
        connection.execute(delete_rows(stored_bytes.stored_bytes))
    assert set_right(embedded) == (0, 60)
    assert stored(embedded) == 60


def test_what_comes_and_goes_while_it_is_counted_is_counted_once(services, monkeypatch):
    """Between the look and the mending a file comes, one goes, and another process mends."""
    gone = send(services, b"x" * 60).document_id
    send(services, b"y" * 40)
    wrong(services, 5)
    usual, meanwhile = recounting._mended, [lambda: send(services, b"z" * 8), lambda: delete(services, gone)]
    meanwhile.append(lambda: set_right(services))

    def interrupted(*arguments):
        if meanwhile:
            meanwhile.pop(0)()
        return usual(*arguments)

    monkeypatch.setattr(recounting, "_mended", interrupted)
    for expected in (108, 48):
        wrong(services, 3)
        set_right(services)
        assert stored(services) == expected
    wrong(services, 3)
    set_right(services)
    assert stored(services) == 48
    assert len(recounted(services)) == 3


def test_many_files_that_come_while_it_is_mended_are_all_counted(services):
    wrong(services, 1_000)
    at_once(*[lambda: send(services, b"x" * 10)] * 8, *[lambda: set_right(services)] * 4)
    assert stored(services) == 80
    assert len(recounted(services)) == 1
