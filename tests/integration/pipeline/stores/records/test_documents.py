"""Documents, their revisions, and what is left of them when they are deleted."""

import threading

import pytest

from pipeline.errors import InvalidRequest
from pipeline.stores.records import documents
from pipeline.stores.records.database import Database
from pipeline.stores.records.documents import DocumentRecord
from tests.support.rows import add_document, add_workspace, blobs_of


@pytest.fixture
def prepared(database: Database) -> Database:
    with database.write() as connection:
        add_workspace(connection)
        add_workspace(connection, "ws_2")
        for number in range(1, 6):
            add_document(connection, f"doc_{number}")
        add_document(connection, "doc_other", "ws_2")
    return database


def get(database: Database, document_id: str = "doc_1") -> DocumentRecord:
    with database.read() as connection:
        found = documents.get_document(connection, "ws_1", document_id)
    assert found is not None
    return found


def test_a_document_belongs_to_its_workspace_alone(prepared: Database) -> None:
    with prepared.read() as connection:
        assert documents.get_document(connection, "ws_2", "doc_1") is None
        assert documents.get_document(connection, "ws_1", "doc_none") is None
        listed = documents.list_documents(connection, "ws_2", after=None, limit=10)
        assert documents.find_workspace_of(connection, "doc_other") == "ws_2"
        assert documents.find_workspace_of(connection, "doc_none") is None
    assert [document.id for document in listed] == ["doc_other"]


def test_pages_of_a_list_hold_every_document_once_newest_first(prepared: Database) -> None:
    with prepared.write() as connection:  # two of the same moment, as two uploads in one millisecond
        connection.execute(documents.documents.update().values(created_at=documents.documents.c.created_at - 60))
        connection.execute(
            documents.documents.update().where(documents.documents.c.id.in_(["doc_2", "doc_3"])).values(created_at=1e9)
        )
    seen: list[DocumentRecord] = []
    after: tuple[float, str] | None = None
    for _ in range(10):
        with prepared.read() as connection:
            page = documents.list_documents(connection, "ws_1", after=after, limit=2)
        if not page:
            break
        seen += page
        after = (page[-1].created_at, page[-1].id)
    assert [document.id for document in seen[-2:]] == ["doc_3", "doc_2"]
    assert sorted(document.id for document in seen) == [f"doc_{number}" for number in range(1, 6)]
    assert [d.created_at for d in seen] == sorted((d.created_at for d in seen), reverse=True)


def test_new_bytes_are_the_next_revision_and_the_old_ones_stay_known(prepared: Database) -> None:
    with prepared.write() as connection:
        documents.set_length(connection, "doc_1", 1, pages=3, seconds=None)
    assert get(prepared).pages == 3
    with prepared.write() as connection:
        number = documents.add_revision(
            connection, get(prepared), blob_key="ws_1/doc_1/new", size=9, sha256="1" * 64, media_type="application/pdf"
        )
    assert number == 2
    changed = get(prepared)
    assert (changed.revision, changed.size, changed.media_type, changed.pages) == (2, 9, "application/pdf", None)
    with prepared.read() as connection:
        assert blobs_of(connection, "doc_1") == ["ws_1/doc_1/source", "ws_1/doc_1/new"]
        first = documents.get_revision(connection, "doc_1", 1)
        assert first is not None
        assert first.sha256 == "0" * 64
        assert documents.get_revision(connection, "doc_1", 3) is None
        found = documents.find_by_sha256(connection, "ws_1", "1" * 64)
        assert found is not None
        assert found.id == "doc_1"
        assert documents.find_by_sha256(connection, "ws_2", "1" * 64) is None


def test_a_deleted_document_is_gone_at_once_and_its_name_with_the_purge(prepared: Database) -> None:
    with prepared.write() as connection:
        documents.mark_deleted(connection, "doc_1")
    with prepared.read() as connection:
        assert documents.get_document(connection, "ws_1", "doc_1") is None
        same = documents.find_by_sha256(connection, "ws_1", "0" * 64)
        assert same is not None
        assert same.id != "doc_1"
        assert len(documents.list_documents(connection, "ws_1", after=None, limit=10)) == 4
        assert [d.id for d in documents.deleted_documents(connection)] == ["doc_1"]
        assert documents.is_deleted(connection, "doc_1")
        assert not documents.is_deleted(connection, "doc_2")
    with prepared.write() as connection:
        documents.mark_purged(connection, "doc_1")
    with prepared.read() as connection:
        assert documents.deleted_documents(connection) == []
        row = connection.execute(documents.documents.select().where(documents.documents.c.id == "doc_1")).one()
    assert (row.name, row.metadata, row.collection) == ("", {}, None)


def test_of_two_purges_at_once_one_frees_the_bytes(prepared: Database) -> None:
    freed: list[int] = []

    def purge() -> None:
        with prepared.write() as connection:
            freed.append(documents.mark_purged(connection, "doc_1"))

    other = threading.Thread(target=purge)
    with prepared.write() as connection:
        freed.append(documents.mark_purged(connection, "doc_1"))
        other.start()
        other.join(timeout=0.3)
    other.join()
    assert freed == [4, 0]


def test_a_text_that_cannot_be_stored_is_refused_and_nothing_breaks(prepared: Database) -> None:
    """Half a surrogate pair on both databases; on PostgreSQL also NUL, which SQLite keeps."""
    with pytest.raises(InvalidRequest), prepared.write() as connection:
        connection.execute(documents.documents.update().values(collection="half \ud800 a pair"))
    if not prepared.sqlite:
        with pytest.raises(InvalidRequest), prepared.write() as connection:
            connection.execute(documents.documents.update().values(collection="nul \0 byte"))
    assert get(prepared).collection is None
