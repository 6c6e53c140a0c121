"""What a role of PostgreSQL sees that does not own the tables."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from pipeline.stores.records import (
    artifacts,
    batches,
    conversations,
    documents,
    generations,
    outbox,
    stored_bytes,
    usage,
    usage_totals,
)
from pipeline.stores.records.binding import EVERYTHING, NOTHING, VARIABLE, bound
from pipeline.stores.records.claims import claim_stage
from pipeline.stores.records.database import Database
from pipeline.stores.records.stages import expired_stages
from pipeline.stores.records.tables import metadata
from pipeline.stores.records.usage import UsageRow
from tests.support.rows import add_document, add_job, add_workspace

assert conversations  # nothing else here declares its table
SHARED = {outbox.outbox.name, generations.index_generations.name, usage_totals.usage_totals.name}
"""Ids only, for the sweeper; which indexes there are, for everybody; and what all workspaces spent together."""
WITH_ROWS = (
    "workspaces",
    "documents",
    "revisions",
    "jobs",
    "artifacts",
    "batches",
    "batch_files",
    "usage",
    "stored_bytes",
)


@pytest.fixture
def tenant(postgres_database: Database, tenant_url: str) -> Iterator[Database]:
    """Two workspaces with something in each, seen as a role that row-level security holds."""
    with postgres_database.write() as connection:
        for number in (1, 2):
            workspace = add_workspace(connection, f"ws_{number}")
            document = add_document(connection, f"doc_{number}", workspace)
            add_job(connection, f"job_{number}", document, workspace)
            artifacts.add_artifact(
                connection,
                workspace_id=workspace,
                document_id=document,
                stage="read",
                key="k",
                blob_key=None,
                content=b"secret",
                size=6,
                facts={},
            )
            batches.add_batch(
                connection,
                id=f"bat_{number}",
                workspace_id=workspace,
                source="inbox",
                pattern="*",
                options={},
                webhook_url=None,
            )
            batches.add_batch_files(connection, f"bat_{number}", [("a.pdf", 1)])
            usage.add_usage(connection, workspace, [UsageRow(work="read")])
            stored_bytes.add(connection, workspace, 4)
    database = Database(tenant_url)
    yield database
    database.close()


def counts(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {
            name: int(connection.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one())
            for name in WITH_ROWS
        }


def test_every_table_is_protected_from_its_owner_too(postgres_database: Database) -> None:
    query = text(
        "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid"
        " WHERE c.relrowsecurity AND c.relforcerowsecurity AND p.polcmd = '*'"
    )
    with postgres_database.read() as connection:
        protected = set(connection.execute(query).scalars())
    assert protected == set(metadata.tables) - SHARED, "a migration that makes a table calls `row_security.protect`"


def test_a_session_that_says_nothing_sees_nothing(tenant: Database) -> None:
    with tenant._reading.connect() as connection:
        assert connection.execute(text(f"SELECT current_setting('{VARIABLE}', true)")).scalar() is None
        for name in WITH_ROWS:
            assert connection.execute(text(f"SELECT count(*) FROM {name}")).scalar() == 0, name


def test_each_workspace_sees_its_own_rows_and_who_looks_over_all_sees_all(tenant: Database) -> None:
    with bound("ws_1"):
        assert counts(tenant) == dict.fromkeys(WITH_ROWS, 1)
        with tenant.read() as connection:
            assert connection.execute(select(documents.documents.c.id)).scalars().all() == ["doc_1"]
            assert connection.execute(select(documents.revisions.c.document_id)).scalars().all() == ["doc_1"]
    with bound(NOTHING):
        assert counts(tenant) == dict.fromkeys(WITH_ROWS, 0)
    with bound(EVERYTHING):
        assert counts(tenant) == dict.fromkeys(WITH_ROWS, 2)
    assert counts(tenant) == dict.fromkeys(WITH_ROWS, 2), "threads of the service's own look over all"


def test_no_row_can_be_written_into_another_workspace_or_moved_there(tenant: Database) -> None:
    with bound("ws_1"), tenant.write() as connection:
        changed = connection.execute(documents.documents.update().values(name="mine"))
        assert changed.rowcount == 1
        assert connection.execute(documents.documents.delete().where(documents.documents.c.id == "doc_2")).rowcount == 0
    for write in (
        lambda connection: add_document(connection, "doc_9", "ws_2"),
        lambda connection: connection.execute(documents.documents.update().values(workspace_id="ws_2")),
    ):
        with pytest.raises(ProgrammingError, match="row-level security"), bound("ws_1"), tenant.write() as connection:
            write(connection)


def test_what_is_bound_ends_with_the_transaction(tenant: Database) -> None:
    """A session goes back to the pool, and behind a pooler to strangers."""
    with bound("ws_1"):
        counts(tenant)
    with tenant._reading.connect() as connection:
        assert not connection.execute(text(f"SELECT current_setting('{VARIABLE}', true)")).scalar()
        assert connection.execute(text("SELECT count(*) FROM documents")).scalar() == 0


def test_claims_and_the_sweeper_look_over_all_workspaces(tenant: Database) -> None:
    with tenant.write() as connection:
        first = claim_stage(connection, "read", worker="w", lease_seconds=-1)
        second = claim_stage(connection, "read", worker="w", lease_seconds=-1)
    assert first is not None
    assert second is not None
    assert {first.workspace_id, second.workspace_id} == {"ws_1", "ws_2"}
    with tenant.read() as connection:
        assert {stage.id for stage in expired_stages(connection)} == {first.id, second.id}


def test_a_start_with_nothing_to_migrate_needs_no_ownership(tenant: Database) -> None:
    tenant.migrate()
