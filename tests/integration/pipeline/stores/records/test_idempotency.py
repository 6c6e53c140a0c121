"""Idempotency keys stand for one request for a while."""

import pytest
from sqlalchemy.exc import IntegrityError

from pipeline.stores.records import idempotency
from pipeline.stores.records.database import Database


def add(database: Database, key: str, workspace_id: str = "ws_1", document_id: str = "doc_1") -> None:
    with database.write() as connection:
        idempotency.add_idempotent(
            connection,
            workspace_id=workspace_id,
            key=key,
            fingerprint="f",
            document_id=document_id,
            job_id="job_1",
        )


def known(database: Database, key: str, workspace_id: str = "ws_1") -> bool:
    with database.read() as connection:
        return idempotency.find_idempotent(connection, workspace_id, key) is not None


def test_a_key_is_taken_once_for_each_workspace_and_forgotten_with_age_or_document(database: Database) -> None:
    add(database, "k")
    add(database, "k", "ws_2", "doc_2")
    with pytest.raises(IntegrityError):
        add(database, "k")
    with database.read() as connection:
        found = idempotency.find_idempotent(connection, "ws_1", "k")
    assert found is not None
    assert (found.fingerprint, found.document_id, found.job_id) == ("f", "doc_1", "job_1")

    with database.write() as connection:
        idempotency.forget_document(connection, "doc_1")
    assert not known(database, "k")
    assert known(database, "k", "ws_2")

    add(database, "new")
    with database.write() as connection:
        aged = idempotency.idempotency.update().where(idempotency.idempotency.c.key == "k")
        connection.execute(aged.values(created_at=idempotency.idempotency.c.created_at - 7200))
        assert idempotency.expire_idempotent(connection, older_than_seconds=3600) == 1
    assert known(database, "new")
    assert not known(database, "k", "ws_2")
