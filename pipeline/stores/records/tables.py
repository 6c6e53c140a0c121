"""What all tables share: metadata, the database's clock, and rows to records."""

import uuid
from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Float, MetaData, RowMapping, String, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

# Constraints are named by rule so that a migration can drop them on either database.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Record = TypeVar("Record")


class now(FunctionElement[float]):  # noqa: N801 - reads as the SQL function it is
    """The database's time in seconds since 1970, UTC. No worker's clock enters a record."""

    type = Float()
    inherit_cache = True


@compiles(now, "sqlite")
def _now_sqlite(element: now, compiler: SQLCompiler, **_: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    del element, compiler
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _now_postgresql(element: now, compiler: SQLCompiler, **_: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    del element, compiler
    return "extract(epoch from clock_timestamp())::double precision"


class today(FunctionElement[str]):  # noqa: N801 - reads as the SQL function it is
    """The database's day, UTC, as an ISO date."""

    type = String(10)
    inherit_cache = True


@compiles(today, "sqlite")
def _today_sqlite(element: today, compiler: SQLCompiler, **_: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    del element, compiler
    return "date('now')"


@compiles(today, "postgresql")
def _today_postgresql(element: today, compiler: SQLCompiler, **_: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    del element, compiler
    return "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD')"


_NOW = select(now())


def current_time(connection: Connection) -> float:
    """The database's clock."""
    return float(connection.execute(_NOW).scalar_one())


def unindexed(column: Column[str]) -> ColumnElement[str]:
    """The column, by which no rows are to be looked up: where their ids are known, they are the better way to them.

    SQLite has no statistics, and takes the rows of a workspace for fewer than a list of twenty ids.
    """
    return func.coalesce(column, column)


def new_id(prefix: str) -> str:
    """A random id that tells its kind: `doc_…`, `job_…`."""
    return f"{prefix}_{uuid.uuid4().hex}"


def record(cls: type[Record], row: RowMapping) -> Record:
    """A record from a row whose columns are the record's fields."""
    return cls(**row)


def records(cls: type[Record], rows: Iterable[RowMapping]) -> list[Record]:
    """One record a row."""
    return [cls(**row) for row in rows]
