"""The committed description of the API, and what may not change."""

import copy
import json
from pathlib import Path

import pytest

from api.http.openapi import as_text, describe
from tests.support.openapi_changes import METHODS, breaking_changes

DOCS = Path(__file__).parents[4] / "docs"
COMMITTED = DOCS / "openapi.json"


@pytest.fixture(scope="module")
def present():
    return json.loads(as_text(describe()))


def test_nothing_of_the_contract_is_broken(present):
    broken = breaking_changes(json.loads(COMMITTED.read_text(encoding="utf-8")), present)
    assert broken == [], "version 1 of the API is a promise; a decision record would be needed to change it"


def test_the_committed_description_is_the_present_one(present):
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert committed == present, "run: python -m api.http.openapi > docs/openapi.json"


def test_every_route_has_an_example_in_the_docs(present):
    text = (DOCS / "rest.md").read_text(encoding="utf-8")
    missing = [
        f"{method.upper()} {path}"
        for path, operations in present["paths"].items()
        for method in METHODS
        if method in operations and f"`{method.upper()} {path}`" not in text
    ]
    assert missing == [], "docs/rest.md shows every route"


def test_every_operation_says_what_it_does_and_how_it_fails(present):
    for path, operations in present["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
            if path.startswith("/v1/"):
                assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}
                assert operation["security"], (method, path)


def test_operation_ids_are_unique(present):
    ids = [operation["operationId"] for operations in present["paths"].values() for operation in operations.values()]
    assert len(ids) == len(set(ids))


OLD = {
    "paths": {
        "/things/{id}": {
            "post": {
                "parameters": [{"in": "path", "name": "id", "required": True}, {"in": "query", "name": "deep"}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Out"}}}}
                },
            }
        }
    },
    "components": {
        "schemas": {
            "In": {"properties": {"kind": {"enum": ["a", "b"]}, "note": {"type": "string"}}, "required": ["kind"]},
            "Out": {
                "properties": {
                    "size": {"type": "integer"},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Out"}},
                },
                "required": ["size"],
            },
        }
    },
}
OPERATION = ("paths", "/things/{id}", "post")
IN, OUT = ("components", "schemas", "In"), ("components", "schemas", "Out")


def changed(path, change):
    new = copy.deepcopy(OLD)
    at = new
    for part in path:
        at = at[part]
    change(at)
    return breaking_changes(OLD, new)


@pytest.mark.parametrize(
    ("path", "change", "said"),
    [
        (("paths",), dict.clear, "POST /things/{id} is gone"),
        (OPERATION, lambda o: o["parameters"].pop(), "the query parameter deep is gone"),
        (OPERATION, lambda o: o["parameters"][1].update(required=True), "the query parameter deep is required now"),
        (
            OPERATION,
            lambda o: o["parameters"].append({"in": "header", "name": "X", "required": True}),
            "the header parameter X is required now",
        ),
        (OPERATION, lambda o: o["requestBody"].update(required=True), "a body is required now"),
        (OPERATION, lambda o: o["requestBody"]["content"].clear(), "bodies are not taken any more"),
        (OPERATION, lambda o: o["responses"].clear(), "the answer 200 is gone"),
        (OPERATION, lambda o: o["responses"]["200"]["content"].clear(), "is not application/json any more"),
        (IN, lambda s: s["required"].append("note"), "/note is required now"),
        (IN, lambda s: s["properties"].pop("note"), "/note is gone"),
        (IN, lambda s: s["properties"]["kind"].update(enum=["a"]), '/kind: "b" is not taken any more'),
        (IN, lambda s: s["properties"]["note"].update(type="integer"), "/note: string is not taken any more"),
        (OUT, lambda s: s["properties"].pop("size"), "/size is gone"),
        (OUT, lambda s: s["required"].remove("size"), "/size may be absent now"),
        (OUT, lambda s: s["properties"]["size"].update(type=["integer", "null"]), "/size: null is given now"),
    ],
)
def test_what_a_client_could_trip_over_is_named(path, change, said):
    found = changed(path, change)
    assert len(found) == 1, found
    assert said in found[0]


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (("paths",), lambda p: p.update({"/new": {"get": {"responses": {}}}})),
        (OPERATION, lambda o: o["parameters"].append({"in": "query", "name": "new"})),
        (IN, lambda s: s["properties"].update(new={"type": "string"})),
        (IN, lambda s: s["properties"]["kind"].update(enum=["a", "b", "c"])),
        (IN, lambda s: s["required"].clear()),
        (OUT, lambda s: s["properties"].update(new={"type": "string"})),
        (OUT, lambda s: s["required"].append("parts")),
    ],
)
def test_what_only_adds_breaks_nothing(path, change):
    assert changed(path, change) == []
