"""Schemas by name, by version and inline."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InvalidRequest, InvalidSchema, NotFound, UnknownSchema
from pipeline.jobs.schemas import find_schema, list_schemas, publish, resolve
from pipeline.services import Services
from pipeline.stores.records import audit
from pipeline.stores.records.database import Database
from schemas import catalogue
from tests.support.services import WORKSPACE, make_services

NOTE = {"type": "object", "properties": {"number": {"type": ["string", "null"]}}}


@pytest.fixture
def services(sqlite_database: Database, tmp_path: Path) -> Services:
    return make_services(sqlite_database, tmp_path)


def found(services: Services, wanted: str | dict[str, Any], workspace_id: str = WORKSPACE) -> tuple[str, int | None]:
    with services.database.read() as connection:
        schema = resolve(connection, workspace_id, wanted)
    return schema.name, schema.version


def test_a_published_schema_is_found_by_name_and_by_each_of_its_versions(services: Services) -> None:
    first, created = publish(services, "note", NOTE, workspace_id=WORKSPACE, actor="test")
    assert (first.version, created, first.built_in) == (1, True, False)
    same, created = publish(services, "note", dict(reversed(NOTE.items())), workspace_id=WORKSPACE, actor="test")
    assert (same.version, created) == (1, False)
    second, created = publish(services, "note", {**NOTE, "title": "Note"}, workspace_id=WORKSPACE, actor="test")
    assert (second.version, created) == (2, True)
    assert [found(services, wanted) for wanted in ("note", "note@1", "note@2")] == [
        ("note", 2),
        ("note", 1),
        ("note", 2),
    ]
    assert find_schema(services, "note", 1, workspace_id=WORKSPACE).body == NOTE
    with services.database.read() as connection:
        events = audit.list_events(connection, WORKSPACE)
    assert [(event.action, event.details) for event in events] == [
        ("schema.published", {"version": 1}),
        ("schema.published", {"version": 2}),
    ]


def test_the_catalogue_comes_first_and_everybody_has_it(services: Services) -> None:
    publish(services, "a_note", NOTE, workspace_id=WORKSPACE, actor="test")
    names = [schema.name for schema in list_schemas(services, workspace_id=WORKSPACE)]
    assert names == [*catalogue.names(), "a_note"]
    assert {schema.built_in for schema in list_schemas(services, workspace_id="ws_other")} == {True}
    assert found(services, "invoice") == found(services, "invoice@1") == ("invoice", 1)


def test_an_inline_schema_passes_the_gate_and_has_no_version(services: Services) -> None:
    assert found(services, NOTE) == ("inline", None)
    with pytest.raises(InvalidSchema):
        found(services, {"type": "object", "properties": {"a": {"$ref": "https://example.com/s"}}})


@pytest.mark.parametrize(
    "wanted",
    ["none", "note@9", "invoice@2", "note@0", "note@01", "note@", "@1", "", "Invoice", "../invoice", "x" * 200],
)
def test_an_unknown_name_or_version_is_said_so(services: Services, wanted: str) -> None:
    publish(services, "note", NOTE, workspace_id=WORKSPACE, actor="test")
    with pytest.raises(UnknownSchema) as caught:
        found(services, wanted)
    assert len(str(caught.value)) < 200


def test_schemas_of_one_workspace_are_not_anothers(services: Services) -> None:
    publish(services, "note", NOTE, workspace_id=WORKSPACE, actor="test")
    with pytest.raises(UnknownSchema):
        found(services, "note", "ws_other")
    for version in (None, 1):
        with pytest.raises(NotFound):
            find_schema(services, "note", version, workspace_id="ws_other")


@pytest.mark.parametrize("name", ["invoice", "inline", "", "Note", "1note", "a b", "a/b", "x" * 65])
def test_a_name_that_is_taken_or_none_is_refused(services: Services, name: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        publish(services, name, NOTE, workspace_id=WORKSPACE, actor="test")
    assert caught.value.facts["field"] == "name"


def test_the_longest_name_is_published_on_both_databases(database: Database, tmp_path: Path) -> None:
    services = make_services(database, tmp_path)
    assert publish(services, "n" * 64, NOTE, workspace_id=WORKSPACE, actor="test")[1]


def test_a_hostile_schema_is_not_published(services: Services) -> None:
    with pytest.raises(InvalidSchema) as caught:
        publish(services, "note", {"type": "object", "patternProperties": {}}, workspace_id=WORKSPACE, actor="test")
    assert caught.value.facts["errors"]
    assert len(list_schemas(services, workspace_id=WORKSPACE)) == len(catalogue.names())
