"""Workspaces."""

import threading

import pytest
from sqlalchemy.exc import IntegrityError

from pipeline.stores.records import workspaces
from pipeline.stores.records.database import Database
from tests.support.rows import add_document, add_workspace


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
            with database.write() as other:
                add_document(other, "doc_meanwhile")
        assert not locked.wait(0.2)
    thread.join()
    assert locked.is_set()
