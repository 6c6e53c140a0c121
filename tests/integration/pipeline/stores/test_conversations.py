"""Conversations on both databases."""

from sqlalchemy import update

from pipeline.stores.records import conversations
from pipeline.stores.records.conversations import (
    begin_conversation,
    expire_conversations,
    find_conversation,
    go_on,
)
from pipeline.stores.records.database import Database
from tests.support.rows import add_workspace


def test_a_conversation_goes_on_and_is_its_workspaces_own(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
        made = begin_conversation(connection, "ws_1", "How long?")
        go_on(connection, made, ["How long?", "And the rent?"])
    with database.read() as connection:
        found = find_conversation(connection, "ws_1", made)
        assert found is not None
        assert found.questions == ["How long?", "And the rent?"]
        assert find_conversation(connection, "ws_2", made) is None


def test_old_ones_are_forgotten(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
        old, new = (begin_conversation(connection, "ws_1", "How long?") for _ in range(2))
        table = conversations.conversations
        connection.execute(update(table).where(table.c.id == old).values(updated_at=table.c.updated_at - 100))
        assert expire_conversations(connection, older_than_seconds=50) == 1
        assert find_conversation(connection, "ws_1", old) is None
        assert find_conversation(connection, "ws_1", new) is not None
