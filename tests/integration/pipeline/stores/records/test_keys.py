"""API keys."""

from pipeline.stores.records import keys
from pipeline.stores.records.database import Database
from tests.support.rows import add_workspace


def add_key(database: Database, key_id: str, expires_in: float | None = None, workspace_id: str = "ws_1") -> None:
    with database.write() as connection:
        keys.add_key(
            connection,
            id=key_id,
            workspace_id=workspace_id,
            name=key_id,
            hash="h" * 64,
            scopes=["read"],
            expires_in=expires_in,
        )


def test_a_key_opens_until_it_expires_or_is_revoked(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
        add_workspace(connection, "ws_2")
    add_key(database, "lasting")
    add_key(database, "for_an_hour", expires_in=3600)
    add_key(database, "expired", expires_in=-1)
    add_key(database, "other", workspace_id="ws_2")
    with database.write() as connection:
        assert keys.find_key(connection, "expired") is None
        assert keys.find_key(connection, "none") is None
        lasting = keys.find_key(connection, "lasting")
        assert lasting is not None
        assert (lasting.scopes, lasting.expires_at, lasting.last_used_at) == (["read"], None, None)
        keys.touch_key(connection, "lasting")
        touched = keys.find_key(connection, "lasting")
        assert touched is not None
        assert touched.last_used_at is not None
        assert not keys.revoke_key(connection, "ws_2", "lasting"), "another workspace's key stays"
        assert keys.revoke_key(connection, "ws_1", "lasting")
        assert not keys.revoke_key(connection, "ws_1", "lasting")
        assert keys.find_key(connection, "lasting") is None
        assert [key.id for key in keys.list_keys(connection, "ws_1")] == ["for_an_hour", "expired"]


def test_a_key_that_is_to_expire_never_gains_time(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
    add_key(database, "lasting")
    add_key(database, "nearly_over", expires_in=60)
    with database.write() as connection:
        before = keys.find_key(connection, "nearly_over")
        keys.expire_key(connection, "nearly_over", within_seconds=3600)
        assert keys.find_key(connection, "nearly_over") == before
        keys.expire_key(connection, "lasting", within_seconds=3600)
        lasting = keys.find_key(connection, "lasting")
        assert lasting is not None
        assert lasting.expires_at is not None
        keys.expire_key(connection, "lasting", within_seconds=0)
        assert keys.find_key(connection, "lasting") is None
