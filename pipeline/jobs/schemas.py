"""Which JSON Schema a request means: a name, `name@version`, or the schema itself."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from pipeline.errors import InvalidRequest, NotFound, UnknownSchema
from pipeline.extraction.gate import check_schema
from pipeline.services import Services
from pipeline.stores.records import audit
from pipeline.stores.records import schemas as schema_records
from pipeline.stores.records.schemas import SchemaRecord
from schemas import catalogue

BUILT_IN_VERSION = 1
INLINE = "inline"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_REFERENCE = re.compile(rf"({_NAME.pattern})(?:@([1-9][0-9]{{0,8}}))?")


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolvedSchema:
    """The schema a job runs against; `version` is `None` for an inline one."""

    name: str
    version: int | None
    body: dict[str, Any]

    @property
    def built_in(self) -> bool:
        """Whether it is of the catalogue."""
        return self.name in catalogue.names()


def resolve(connection: Connection, workspace_id: str, wanted: str | dict[str, Any]) -> ResolvedSchema:
    """Find the schema.

    Raises:
        UnknownSchema: there is none of that name and version.
        InvalidSchema: the inline schema is not valid or not allowed.
    """
    if isinstance(wanted, dict):
        check_schema(wanted)
        return ResolvedSchema(name=INLINE, version=None, body=wanted)
    match = _REFERENCE.fullmatch(wanted)
    if match is None:
        raise UnknownSchema(f"{wanted[:80]!r} is not a schema's name", schema=wanted[:80])
    name, version = match[1], int(match[2]) if match[2] else None
    if name in catalogue.names():
        if version not in (None, BUILT_IN_VERSION):
            raise UnknownSchema(f"the built-in schema {name!r} has no version {version}", schema=wanted)
        return ResolvedSchema(name=name, version=BUILT_IN_VERSION, body=catalogue.load(name))
    found = schema_records.get_schema(connection, workspace_id, name, version)
    if found is None:
        raise UnknownSchema(f"there is no schema {wanted!r}; GET /v1/schemas lists them", schema=wanted)
    return _resolved(found)


def publish(
    services: Services, name: str, body: dict[str, Any], *, workspace_id: str, actor: str
) -> tuple[ResolvedSchema, bool]:
    """Store a schema, and say whether that made a new version; the same content again is the same version.

    Raises:
        InvalidRequest: the name cannot be used.
        InvalidSchema: the schema is not valid or not allowed.
    """
    if _NAME.fullmatch(name) is None:
        raise InvalidRequest("a schema's name is a lower-case letter, then up to 63 of a-z 0-9 _ -", field="name")
    if name in (*catalogue.names(), INLINE):
        raise InvalidRequest(f"{name!r} is the name of a built-in schema; choose another", field="name")
    check_schema(body)
    digest = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
    with services.database.write(durable=True) as connection:
        before = schema_records.get_schema(connection, workspace_id, name)
        stored = schema_records.add_schema(connection, workspace_id=workspace_id, name=name, body=body, sha256=digest)
        created = before is None or before.version != stored.version
        if created:
            audit.add_event(
                connection,
                workspace_id=workspace_id,
                actor=actor,
                action="schema.published",
                object_id=name,
                version=stored.version,
            )
    return _resolved(stored), created


def list_schemas(services: Services, *, workspace_id: str) -> list[ResolvedSchema]:
    """The newest version of each, the built-in ones first."""
    with services.database.read() as connection:
        own = schema_records.list_schemas(connection, workspace_id)
    built_in = [
        ResolvedSchema(name=name, version=BUILT_IN_VERSION, body=catalogue.load(name)) for name in catalogue.names()
    ]
    return [*built_in, *map(_resolved, own)]


def find_schema(services: Services, name: str, version: int | None, *, workspace_id: str) -> ResolvedSchema:
    """One schema, to be looked at.

    Raises:
        NotFound: there is none of that name and version.
    """
    wanted = name if version is None else f"{name}@{version}"
    try:
        with services.database.read() as connection:
            return resolve(connection, workspace_id, wanted)
    except UnknownSchema as error:
        raise NotFound(error.message, **error.facts) from error


def _resolved(stored: SchemaRecord) -> ResolvedSchema:
    return ResolvedSchema(name=stored.name, version=stored.version, body=stored.body)
