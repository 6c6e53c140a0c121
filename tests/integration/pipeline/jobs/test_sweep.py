"""What an interrupted deletion left is removed, and one that cannot be removed holds up no other."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import StorageFull
from pipeline.jobs import sweep
from pipeline.jobs.sweep import tidy
from pipeline.services import Services
from pipeline.stores.records import documents
from pipeline.stores.records.database import Database
from tests.support.rows import blobs_of
from tests.support.services import make_services, submit


@pytest.fixture
def services(sqlite_database: Database, tmp_path: Path) -> Services:
    return make_services(sqlite_database, tmp_path)


def interrupted(services: Services, content: bytes) -> str:
    """A document whose process died between the two halves of its deletion."""
    document_id = submit(services, content).document_id
    with services.database.write() as connection:
        documents.mark_deleted(connection, document_id)
    return document_id


def left(services: Services) -> list[str]:
    with services.database.read() as connection:
        return [document.id for document in documents.deleted_documents(connection)]


def test_tidying_removes_what_is_left_of_deleted_documents_and_nothing_else(services: Services) -> None:
    kept = submit(services, b"kept").document_id
    gone = interrupted(services, b"gone")
    with services.database.read() as connection:
        (kept_key,), (gone_key,) = blobs_of(connection, kept), blobs_of(connection, gone)
    assert services.blobs.get(gone_key) == b"gone"
    tidy(services)
    assert left(services) == []
    assert services.blobs.get(kept_key) == b"kept"
    with pytest.raises(Exception, match="missing"):
        services.blobs.get(gone_key)


@pytest.mark.parametrize("error", [StorageFull(), OSError("input/output error"), ValueError("nobody thought of this")])
def test_a_document_that_cannot_be_removed_holds_up_no_other(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    interrupted(services, b"one")
    interrupted(services, b"two")
    stuck = left(services)[0]  # the one that is taken first
    purge = sweep.purge

    def faltering(services: Services, document_id: str) -> Any:
        if document_id == stuck:
            raise error
        return purge(services, document_id)

    monkeypatch.setattr(sweep, "purge", faltering)
    tidy(services)
    assert left(services) == [stuck]
    assert stuck in caplog.text
    monkeypatch.undo()
    tidy(services)
    assert left(services) == []
