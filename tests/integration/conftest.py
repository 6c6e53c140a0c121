"""Databases for integration tests: every test that takes `database` runs on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.reading.child.sandbox import Sandbox
from pipeline.settings import Sandbox as Limits
from pipeline.stores.records.database import Database
from pipeline.stores.records.tables import metadata
from tests.support.roles import make_roles
from tests.support.servers import postgres, redis


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with redis() as url:
        yield url


@pytest.fixture(scope="session")
def warm_sandbox() -> Iterator[Sandbox]:
    """One for all tests that take its limits as they are: to load every parser takes seconds."""
    made = Sandbox(Limits())
    yield made
    made.close()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "sheaf.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture
def sqlite_database(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Database]:
    shutil.copy(migrated_sqlite, tmp_path / "sheaf.db")
    database = Database(f"sqlite:///{tmp_path / 'sheaf.db'}")
    yield database
    database.close()


@pytest.fixture(scope="session")
def migrated_postgres_url(postgres_url: str) -> str:
    database = Database(postgres_url)
    database.migrate()
    database.close()
    return postgres_url


@pytest.fixture(scope="session")
def tenant_url(migrated_postgres_url: str) -> str:
    """The same database as the role of services, which may do everything with its rows, and owns nothing."""
    _, service = make_roles(migrated_postgres_url)
    return service


@pytest.fixture
def postgres_database(migrated_postgres_url: str) -> Iterator[Database]:
    """Empty tables; making them anew for each test would take most of the tests' time."""
    database = Database(migrated_postgres_url)
    with database.write() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '20s'"))
        connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY CASCADE"))
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    return request.getfixturevalue(f"{request.param}_database")
