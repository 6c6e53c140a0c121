"""JSON Schemas."""

import pytest

from schemas import catalogue

SCHEMA = {"type": "object", "title": "Order", "properties": {"number": {"type": "string"}}}


def test_the_catalogue_is_listed_and_readable(client):
    listed = client.get("/v1/schemas").json()["items"]
    assert [schema["name"] for schema in listed] == catalogue.names()
    assert all(schema["built_in"] and schema["version"] == 1 and schema["title"] for schema in listed)
    invoice = client.get("/v1/schemas/invoice").json()
    assert invoice["schema"] == catalogue.load("invoice")


def test_a_schema_has_versions(client):
    first = client.put("/v1/schemas/order", json=SCHEMA)
    assert (first.status_code, first.json()["version"], first.json()["title"]) == (201, 1, "Order")
    again = client.put("/v1/schemas/order", json=SCHEMA)
    assert (again.status_code, again.json()["version"]) == (200, 1)
    changed = client.put("/v1/schemas/order", json={**SCHEMA, "title": "Purchase order"})
    assert (changed.status_code, changed.json()["version"]) == (201, 2)
    assert client.get("/v1/schemas/order").json()["title"] == "Purchase order"
    assert client.get("/v1/schemas/order?version=1").json()["schema"] == SCHEMA
    listed = client.get("/v1/schemas").json()["items"][-1]
    assert (listed["name"], listed["version"], listed["built_in"]) == ("order", 2, False)


def test_a_schema_can_be_used_by_name_and_version(house, client):
    client.put("/v1/schemas/order", json=SCHEMA)
    client.put("/v1/schemas/order", json={**SCHEMA, "title": "Other"})
    assert house.upload(client, schema="order")["job"]["schema"] == "order@2"
    assert house.upload(client, schema="order@1")["job"]["schema"] == "order@1"


@pytest.mark.parametrize("path", ["nothing", "nothing?version=1", "invoice?version=2", "order@1@2", "A", "inline"])
def test_an_unknown_schema_is_not_found(client, problem, path):
    problem(client.get(f"/v1/schemas/{path}"), 404, "not-found")


@pytest.mark.parametrize("name", ["Order", "1st", "invoice", "inline", "a" * 65, "a.b"])
def test_a_name_that_cannot_be_used_is_refused(client, problem, name):
    problem(client.put(f"/v1/schemas/{name}", json=SCHEMA), 422, "invalid-request")


def test_a_hostile_schema_is_refused_with_its_faults(client, problem):
    hostile = {"type": "object", "properties": {"a": {"$ref": "https://example.org/a.json"}}}
    body = problem(client.put("/v1/schemas/order", json=hostile), 422, "invalid-schema")
    assert body["errors"][0]["path"].startswith("/properties/a")


@pytest.mark.parametrize("body", ["[]", "7", "null", '"text"', "{", ""])
def test_a_body_that_is_no_object_is_refused(client, problem, body):
    response = client.put("/v1/schemas/order", content=body, headers={"Content-Type": "application/json"})
    problem(response, 422, "invalid-request")
