"""Chunks are found for their workspace only, while their document and its revision are present."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event

from pipeline.stores.records import annotations, chunks, documents
from pipeline.stores.records.database import Database
from tests.support.rows import add_document, add_workspace, count_chunks


def row(number: int, document_id: str = "doc_1", workspace_id: str = "ws_1", revision: int = 1) -> dict[str, Any]:
    return {
        "id": f"{document_id}-{revision}-{number}",
        "workspace_id": workspace_id,
        "document_id": document_id,
        "revision": revision,
        "number": number,
        "text": f"text {number}",
        "section": None,
        "anchors": [[0, 4, {"kind": "page"}]],
    }


def found(database: Database, ids: list[str], workspace_id: str = "ws_1") -> set[str]:
    with database.read() as connection:
        return {chunk.id for chunk in chunks.find_chunks(connection, workspace_id, ids)}


def indexed(database: Database) -> set[str]:
    with database.read() as connection:
        return set(chunks.editions(connection, "ws_1", ["doc_1", "doc_2", "doc_9"]))


def stale(database: Database) -> set[str]:
    with database.read() as connection:
        return set(chunks.stale_ids(connection))


def test_points_of_chunks_that_are_none_any_more_are_noted_until_they_are_removed(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
        add_document(connection)
        chunks.replace_chunks(connection, "doc_1", [row(1), row(2), row(3)])
        assert chunks.editions(connection, "ws_1", ["doc_1"]) == {"doc_1": (3, "doc_1-1-1", "doc_1-1-3")}
    assert stale(database) == set()
    with database.write() as connection:
        chunks.replace_chunks(connection, "doc_1", [row(2)])
    assert stale(database) == {"doc_1-1-1", "doc_1-1-3"}
    with database.write() as connection:
        chunks.replace_chunks(connection, "doc_1", [row(3)])
        chunks.note_stale(connection, "doc_1", [row(3), row(4), row(1)])
    assert stale(database) == {"doc_1-1-1", "doc_1-1-2", "doc_1-1-4"}, "3 is a chunk again, and 4 never was one"
    with database.write() as connection:
        chunks.forget_stale(connection, ["doc_1-1-1", "doc_1-1-2"])
    assert stale(database) == {"doc_1-1-4"}
    with database.write() as connection:
        chunks.delete_chunks(connection, "doc_1")
    assert stale(database) == set()


def test_chunks_of_earlier_revisions_are_dropped_and_those_of_the_present_one_stay(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
        add_document(connection)
        chunks.replace_chunks(connection, "doc_1", [row(1), row(2)])
        chunks.drop_outdated(connection, "doc_1")
        assert chunks.chunk_ids(connection, "doc_1") == ["doc_1-1-1", "doc_1-1-2"]
        document = documents.get_document(connection, "ws_1", "doc_1")
        assert document is not None
        documents.add_revision(connection, document, blob_key="b", size=1, sha256="2" * 64, media_type="text/plain")
        chunks.drop_outdated(connection, "doc_1")
        assert chunks.chunk_ids(connection, "doc_1") == []
    assert stale(database) == {"doc_1-1-1", "doc_1-1-2"}


def test_chunks_come_and_go_with_their_document_and_revision(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
        add_workspace(connection, "ws_2")
        add_document(connection)
        add_document(connection, "doc_2", "ws_2")
        chunks.replace_chunks(connection, "doc_1", [row(2), row(1), row(10)])
        chunks.replace_chunks(connection, "doc_2", [row(1, "doc_2", "ws_2")])
    with database.read() as connection:
        assert chunks.chunk_ids(connection, "doc_1") == ["doc_1-1-1", "doc_1-1-2", "doc_1-1-10"]
        assert count_chunks(connection, "ws_1") == 3
        (one,) = chunks.find_chunks(connection, "ws_1", ["doc_1-1-2", "doc_1-9-9"])
    assert (one.document_name, one.text, one.anchors) == ("doc_1.txt", "text 2", [[0, 4, {"kind": "page"}]])
    assert found(database, ["doc_1-1-1", "doc_2-1-1"]) == {"doc_1-1-1"}
    assert found(database, ["doc_1-1-1"], "ws_2") == set()
    assert found(database, []) == set()

    with database.write() as connection:
        chunks.replace_chunks(connection, "doc_1", [row(1), row(2)])
        document = documents.get_document(connection, "ws_1", "doc_1")
        assert document is not None
        documents.add_revision(connection, document, blob_key="b", size=1, sha256="2" * 64, media_type="text/plain")
    assert found(database, ["doc_1-1-1"]) == {"doc_1-1-1"}, "until there is something in its place"
    assert indexed(database) == {"doc_1"}
    with database.write() as connection:
        chunks.replace_chunks(connection, "doc_1", [row(1, revision=2)])
    assert found(database, ["doc_1-1-1", "doc_1-2-1"]) == {"doc_1-2-1"}

    with database.write() as connection:
        documents.mark_deleted(connection, "doc_1")
    assert found(database, ["doc_1-2-1"]) == indexed(database) == set()
    with database.write() as connection:
        assert chunks.delete_chunks(connection, "doc_1") == 1
        chunks.replace_chunks(connection, "doc_2", [])
        assert count_chunks(connection, "ws_2") == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "ask",
    [
        lambda connection, ids: chunks.find_chunks(connection, "ws_1", ids),
        lambda connection, ids: chunks.editions(connection, "ws_1", ids),
        lambda connection, ids: annotations.facts_of(connection, "ws_1", ids),
    ],
)
def test_rows_are_looked_up_by_their_ids_and_not_among_all_of_a_workspace(
    database: Database, ask: Callable[[Connection, list[str]], Any]
) -> None:
    asked: list[tuple[str, Any]] = []
    with database.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
        ask(connection, [str(number) for number in range(2_000)])
        statement, values = asked[-1]
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert plan
    assert not [step for step in plan if "workspace_id" in step or step.startswith("SCAN")], plan
