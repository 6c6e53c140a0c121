"""Which index is in use, which one is being filled, and which documents are in each."""

from typing import Any

from pipeline.stores.records import chunks as rows_of
from pipeline.stores.records import documents, generations
from pipeline.stores.records.database import Database
from pipeline.stores.records.generations import Progress
from tests.support.rows import add_document, add_workspace

FORM: dict[str, Any] = {
    "embedder": "m",
    "dimensions": 4,
    "chunking": 1,
    "terms": 2,
    "payload": 3,
    "pages": "",
    "page_dimensions": 0,
}
IDS = ["doc_1", "doc_2", "doc_3"]


def two(database: Database) -> None:
    """An index in use that holds three documents, and one beside it that holds none."""
    with database.write() as connection:
        add_workspace(connection)
        for document_id in IDS:
            add_document(connection, document_id)
        generations.add_generation(connection, 1, FORM, place="one", status="active")
        generations.add_generation(connection, 2, {**FORM, "embedder": "n"}, place="two", status="building")
        for document_id in IDS:
            generations.note_indexed(connection, document_id, "ws_1", 1, revision=1)


def missing(database: Database, after: str = "") -> str | None:
    with database.read() as connection:
        found = generations.next_missing(connection, 1, 2, after=after, max_attempts=2)
    return found and found[0]


def progress(database: Database) -> Progress | None:
    with database.read() as connection:
        return generations.present_progress(connection)


def indexed(database: Database, document_id: str, revision: int = 1) -> None:
    with database.write() as connection:
        generations.note_indexed(connection, document_id, "ws_1", 2, revision=revision)


def test_documents_that_are_missing_are_found_in_the_order_of_their_ids(database: Database) -> None:
    two(database)
    assert (missing(database), missing(database, "doc_1"), missing(database, "doc_3")) == ("doc_1", "doc_2", None)
    assert progress(database) == Progress(total=3, done=0, failed=0)
    indexed(database, "doc_1")
    assert missing(database) == "doc_2"
    with database.write() as connection:
        documents.mark_deleted(connection, "doc_2")
        assert not generations.is_complete(connection, 1, 2, max_attempts=2)
    assert (missing(database), progress(database)) == ("doc_3", Progress(total=2, done=1, failed=0))
    indexed(database, "doc_3")
    with database.read() as connection:
        assert generations.is_complete(connection, 1, 2, max_attempts=2)
    with database.write() as connection:
        generations.note_indexed(connection, "doc_3", "ws_1", 1, revision=2)
        assert not generations.is_complete(connection, 1, 2, max_attempts=2)
    assert missing(database) == "doc_3", "of an earlier revision"


def test_a_document_that_failed_is_tried_again_later_and_not_for_ever(database: Database) -> None:
    two(database)

    def fail(seconds: float) -> int:
        with database.write() as connection:
            return generations.note_failed(
                connection, "doc_1", "ws_1", 2, revision=1, problem="model-rejected", retry_seconds=seconds
            )

    assert fail(60.0) == 1
    assert missing(database) == "doc_2"
    with database.write() as connection:
        generations.forget_indexed(connection, "doc_1", 2)
    assert (fail(0.0), missing(database)) == (1, "doc_1")
    assert (fail(0.0), missing(database)) == (2, "doc_2")
    assert progress(database) == Progress(total=3, done=0, failed=1)
    with database.read() as connection:
        assert generations.problems(connection, 2) == [("doc_1", "model-rejected")]
        assert generations.left_out(connection, 2) == 1
    for document_id in ("doc_2", "doc_3"):
        indexed(database, document_id)
    with database.read() as connection:
        assert generations.is_complete(connection, 1, 2, max_attempts=2), "it was given up"
        assert not generations.is_complete(connection, 1, 2, max_attempts=3)
    indexed(database, "doc_1")
    assert progress(database) == Progress(total=3, done=3, failed=0)


def test_one_process_fills_it_until_its_time_is_over(database: Database) -> None:
    two(database)
    with database.write() as connection:
        assert not generations.take_building(connection, 1, "a", 60.0), "it is in use"
        assert generations.take_building(connection, 2, "a", 60.0)
        assert generations.take_building(connection, 2, "a", -1.0)
    with database.write() as connection:
        assert generations.take_building(connection, 2, "b", 60.0)
        assert not generations.take_building(connection, 2, "a", 60.0)


def test_a_generation_is_written_to_while_it_is_in_use_or_being_filled(database: Database) -> None:
    two(database)
    with database.write() as connection:
        assert generations.written_to(connection) == {1, 2}
        generations.set_writing(connection, 2, "doc_1")
        assert [row.writing for row in generations.list_generations(connection, lock=True)] == [None, "doc_1"]
        generations.set_generation(connection, 1, "kept")
        generations.set_generation(connection, 2, "active")
        assert generations.written_to(connection) == {2}
        kept, active = generations.list_generations(connection)
        assert (kept.form, active.form["embedder"], active.left_at, active.writing) == (FORM, "n", None, None)
        assert generations.present_progress(connection) is None
        assert generations.expired(connection, 60.0) == []
    with database.write() as connection:
        assert [row.number for row in generations.expired(connection, 0.0)] == [1]


def test_what_is_forgotten_of_a_generation_is_left_in_the_others(database: Database) -> None:
    two(database)
    row = {"workspace_id": "ws_1", "document_id": "doc_1", "revision": 1, "number": 0, "text": "t"}
    with database.write() as connection:
        for generation in (1, 2):
            rows = [{**row, "id": f"c{generation}", "section": None, "anchors": []}]
            rows_of.replace_chunks(connection, "doc_1", rows, generation=generation)
        assert rows_of.chunk_ids(connection, "doc_1", 2) == ["c2"]
        assert rows_of.stale_ids(connection) == []
        assert generations.has_chunks(connection)
        assert [generations.forget_some(connection, 1), generations.forget_some(connection, 1)] == [1, 0]
        assert rows_of.chunk_ids(connection, "doc_1") == ["c2"]
        assert [one.number for one in generations.list_generations(connection)] == [2]
        assert generations.next_missing(connection, 2, 1, after="", max_attempts=1) is None


def test_earlier_revisions_are_forgotten_in_every_generation(database: Database) -> None:
    two(database)
    with database.write() as connection:
        document = documents.get_document(connection, "ws_1", "doc_1")
        assert document is not None
        documents.add_revision(connection, document, blob_key="b", size=1, sha256="2" * 64, media_type="text/plain")
        generations.forget_outdated(connection, "doc_1")
    assert progress(database) == Progress(total=2, done=0, failed=0)
