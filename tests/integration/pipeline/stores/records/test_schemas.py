"""Schemas of users: versions are made, never changed."""

import threading

from pipeline.stores.records import schemas
from pipeline.stores.records.database import Database
from tests.support.rows import add_workspace


def add(database: Database, body: dict[str, object], sha256: str, name: str = "note") -> int:
    with database.write() as connection:
        return schemas.add_schema(connection, workspace_id="ws_1", name=name, body=body, sha256=sha256).version


def test_other_content_is_the_next_version_and_the_same_content_is_the_same_one(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
        add_workspace(connection, "ws_2")
    assert add(database, {"title": "a"}, "a") == 1
    assert add(database, {"title": "a"}, "a") == 1
    assert add(database, {"title": "b"}, "b") == 2
    assert add(database, {"title": "a"}, "a") == 3
    assert add(database, {"title": "z"}, "z", "another") == 1
    with database.read() as connection:
        newest = schemas.get_schema(connection, "ws_1", "note")
        second = schemas.get_schema(connection, "ws_1", "note", 2)
        assert newest is not None
        assert second is not None
        assert (newest.version, newest.body, second.body) == (3, {"title": "a"}, {"title": "b"})
        assert schemas.get_schema(connection, "ws_1", "note", 9) is None
        assert schemas.get_schema(connection, "ws_2", "note") is None
        listed = [(schema.name, schema.version) for schema in schemas.list_schemas(connection, "ws_1")]
        assert schemas.list_schemas(connection, "ws_2") == []
    assert listed == [("another", 1), ("note", 3)]


def test_two_who_publish_at_once_make_two_versions(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
    versions: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: versions.append(add(database, {"title": str(n)}, str(n)))) for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(versions) == [1, 2, 3, 4, 5, 6]
