"""Workspaces and API keys."""

import threading

import pytest
from sqlalchemy.exc import IntegrityError

from pipeline.stores.records import workspaces
from pipeline.stores.records.database import Database
from tests.support.rows import add_workspace


def add_key(database: Database, key_id: str, expires_in: float | None = None, workspace_id: str = "ws_1") -> None:
    with database.write() as connection:
        workspaces.add_key(
            connection,
            id=key_id,
            workspace_id=workspace_id,
            name=key_id,
            hash="h" * 64,
            scopes=["read"],
            expires_in=expires_in,
        )


def test_workspaces_are_found_by_name_and_id_and_no_name_is_used_twice(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
    with database.read() as connection:
        by_name, by_id = workspaces.find_workspace(connection, "ws_1"), workspaces.get_workspace(connection, "ws_1")
        assert by_name is not None
        assert by_name == by_id
        assert workspaces.get_workspace(connection, "ws_none") is None
    with pytest.raises(IntegrityError), database.write() as connection:
        workspaces.add_workspace(connection, id="ws_9", name="ws_1", webhook_secret="")


def test_a_key_opens_until_it_expires_or_is_revoked(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
        add_workspace(connection, "ws_2")
    add_key(database, "lasting")
    add_key(database, "for_an_hour", expires_in=3600)
    add_key(database, "expired", expires_in=-1)
    add_key(database, "other", workspace_id="ws_2")
    with database.write() as connection:
        assert workspaces.find_key(connection, "expired") is None
        assert workspaces.find_key(connection, "none") is None
        lasting = workspaces.find_key(connection, "lasting")
        assert lasting is not None
        assert (lasting.scopes, lasting.expires_at, lasting.last_used_at) == (["read"], None, None)
        workspaces.touch_key(connection, "lasting")
        touched = workspaces.find_key(connection, "lasting")
        assert touched is not None
        assert touched.last_used_at is not None
        assert not workspaces.revoke_key(connection, "ws_2", "lasting"), "another workspace's key stays"
        assert workspaces.revoke_key(connection, "ws_1", "lasting")
        assert not workspaces.revoke_key(connection, "ws_1", "lasting")
        assert workspaces.find_key(connection, "lasting") is None
        assert [key.id for key in workspaces.list_keys(connection, "ws_1")] == ["for_an_hour", "expired"]


def test_who_locks_a_workspace_waits_for_the_other_but_others_may_add_to_it(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
    inside, locked = threading.Event(), threading.Event()

    def lock() -> None:
        inside.set()
        with database.write() as connection:
            workspaces.lock_workspace(connection, "ws_1")
            locked.set()

    with database.write() as connection:
        workspaces.lock_workspace(connection, "ws_1")
        thread = threading.Thread(target=lock)
        thread.start()
        inside.wait()
        if not database.sqlite:
            add_key(database, "meanwhile")
        assert not locked.wait(0.2)
    thread.join()
    assert locked.is_set()
