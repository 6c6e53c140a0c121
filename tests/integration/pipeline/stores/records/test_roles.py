"""The roles that `deploy/postgres/roles.sql` makes: who migrates, who serves, and who is told that nothing holds it."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import ProgrammingError

from pipeline.errors import SettingsError
from pipeline.stores.records import audit
from pipeline.stores.records.database import Database
from pipeline.stores.records.row_security import expose, why_bypassed
from tests.support.roles import make_roles
from tests.support.rows import add_workspace


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """A superuser's URL of a database without tables."""
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE apart"))
        yield postgres_url.rpartition("/")[0] + "/apart"
        connection.execute(text("DROP DATABASE apart WITH (FORCE)"))
    engine.dispose()


def why(database: Database) -> str | None:
    with database.read() as connection:
        return why_bypassed(connection)


def test_the_owner_migrates_and_the_services_role_works_and_may_change_no_table(empty_url: str) -> None:
    owner_url, service_url = make_roles(empty_url)
    with closing(Database(owner_url)) as owner, closing(Database(service_url)) as service:
        with pytest.raises(SettingsError, match=r"sheaf_service may not .* run `sheaf migrate`"):
            service.migrate()
        owner.migrate()
        service.migrate()
        assert (why(owner), why(service)) == (None, None), "the owner is held too"
        with service.write() as connection:
            add_workspace(connection, "ws_1")
        for forbidden in ("DROP POLICY workspace ON documents", "ALTER TABLE documents DISABLE ROW LEVEL SECURITY"):
            with pytest.raises(ProgrammingError, match="must be owner"), service.write() as connection:
                connection.execute(text(forbidden))
        with closing(Database(empty_url)) as superuser:
            assert why(superuser) == "the role sheaf is a superuser"


RIGHTS = {"SELECT", "INSERT", "UPDATE", "DELETE"}


def may(database: Database, table: str) -> set[str]:
    """What the role may do with the rows of a table."""
    query = text("SELECT p FROM unnest(CAST(:rights AS text[])) AS p WHERE has_table_privilege(:table, p)")
    with database.read() as connection:
        return set(connection.execute(query, {"table": table, "rights": [*RIGHTS]}).scalars())


def make_event(connection: Connection) -> None:
    audit.add_event(connection, workspace_id="ws_1", actor="key_1", action="key.issued", object_id="key_2")


@pytest.mark.parametrize("first", ["roles", "tables"])
def test_the_services_role_adds_to_the_audit_log_and_can_change_nothing_in_it(empty_url: str, first: str) -> None:
    if first == "tables":  # of a time when there was one role for everything
        with closing(Database(empty_url)) as superuser:
            superuser.migrate()
    owner_url, service_url = make_roles(empty_url)
    with closing(Database(owner_url)) as owner, closing(Database(service_url)) as service:
        if first == "roles":
            owner.migrate()
        assert may(service, "audit_events") == {"SELECT", "INSERT"}
        assert may(service, "alembic_version") == {"SELECT"}
        assert may(service, "documents") == RIGHTS
        with service.write() as connection:
            add_workspace(connection, "ws_1")
            make_event(connection)
            make_event(connection)
            assert len(audit.list_events(connection, "ws_1")) == 2
        for forbidden in ("DELETE FROM audit_events", "UPDATE audit_events SET actor = 'x'", "TRUNCATE audit_events"):
            with pytest.raises(ProgrammingError, match="permission denied"), service.write() as connection:
                connection.execute(text(forbidden))
        with owner.write() as connection:
            connection.execute(text("GRANT ALL ON audit_events, alembic_version TO sheaf_service"))
        owner.migrate()
        assert may(service, "audit_events") == {"SELECT", "INSERT"}, "the next migration takes it away again"


def test_a_database_of_one_role_is_handed_over_with_its_rows(empty_url: str) -> None:
    with closing(Database(empty_url)) as superuser:
        superuser.migrate()
        with superuser.write() as connection:
            add_workspace(connection, "ws_1")
        owner_url, service_url = make_roles(empty_url)
        make_roles(empty_url)  # again does no harm
        with closing(Database(owner_url)) as owner, closing(Database(service_url)) as service:
            with owner.write() as connection:
                connection.execute(text("CREATE TABLE later (id integer GENERATED ALWAYS AS IDENTITY, name text)"))
                connection.execute(text("ALTER TABLE chunks NO FORCE ROW LEVEL SECURITY"))
            assert why(owner) == "the role sheaf_owner is not held in chunks"
            assert why(service) is None
            with service.write() as connection:
                connection.execute(text("INSERT INTO later (name) VALUES ('x')"))
                assert connection.execute(text("SELECT id FROM workspaces")).scalars().all() == ["ws_1"]
            with superuser.write() as connection:
                connection.execute(text("ALTER ROLE sheaf_service BYPASSRLS"))
            try:
                assert why(service) == "the role sheaf_service has BYPASSRLS"
            finally:
                make_roles(empty_url)
            assert why(service) is None


def test_a_table_that_nobody_protects_any_more_is_not_told_as_held_and_sqlite_has_no_policies(
    sqlite_database: Database,
) -> None:
    with sqlite_database.write() as connection:
        expose(connection, "chunks")
        assert why_bypassed(connection) is None
