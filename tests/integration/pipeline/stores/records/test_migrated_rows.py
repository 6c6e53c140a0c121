"""What migrations make of rows that were there before them."""

from importlib import import_module

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection

from pipeline.stores.records import documents, quotas, stored_bytes
from pipeline.stores.records.database import Database
from pipeline.stores.records.quotas import Used
from pipeline.stores.records.usage import UsageRow, add_usage
from pipeline.stores.records.usage_totals import fold, usage_in_all
from tests.support.rows import add_document, add_workspace

VERSIONS = "pipeline.stores.records.migrations.versions"
LARGE = 5_000_000_000


def add_revised(connection: Connection, document_id: str, workspace_id: str, size: int) -> None:
    """A document whose first revision has four bytes, and its second so many."""
    add_document(connection, document_id, workspace_id)
    document = documents.get_document(connection, workspace_id, document_id)
    assert document is not None
    documents.add_revision(connection, document, blob_key="k", size=size, sha256="1" * 64, media_type="text/plain")


def test_what_each_workspace_stores_already_is_counted(database: Database) -> None:
    migration = import_module(f"{VERSIONS}.0018_stored_bytes")
    with database.write() as connection:
        for workspace_id in ("ws_1", "ws_2", "ws_empty"):
            add_workspace(connection, workspace_id)
        add_revised(connection, "doc_1", "ws_1", LARGE)
        add_revised(connection, "doc_2", "ws_2", 7)
        documents.mark_deleted(connection, add_document(connection, "doc_deleted", "ws_2"))
        documents.mark_purged(connection, add_document(connection, "doc_purged", "ws_2"))
        quotas.take(connection, "ws_1", Used(documents=3, bytes=9))
        with Operations.context(MigrationContext.configure(connection)):
            migration.downgrade()
            migration.upgrade()
        # What is deleted and not yet purged still lies there.
        assert stored_bytes.of_workspaces(connection) == {"ws_1": 4 + LARGE, "ws_2": 4 + 7 + 4}
        assert quotas.used(connection, "ws_1") == Used(documents=3, bytes=9, reruns=0)
        connection.rollback()  # other tests have these tables too


def test_what_was_spent_before_is_in_the_sums(database: Database) -> None:
    migration = import_module(f"{VERSIONS}.0020_usage_totals")
    with database.write() as connection:
        rows = [UsageRow(work="job", jobs=1, pages=2), UsageRow(work="extract", model="llama", input_tokens=LARGE)]
        add_usage(connection, "ws_1", rows)
        with Operations.context(MigrationContext.configure(connection)):
            migration.downgrade()
            migration.upgrade()
        add_usage(connection, "ws_2", rows)
        fold(connection, at_least=1)
        jobs, llama = usage_in_all(connection)
        assert (jobs.model, jobs.jobs, jobs.pages) == (None, 2, 4)
        assert (llama.model, llama.input_tokens) == ("llama", 2 * LARGE)
        connection.rollback()
