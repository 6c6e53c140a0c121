"""Who may do what, on every route there is."""

import re

import pytest

from api.http.openapi import describe
from tests.support.openapi_changes import METHODS

API = describe()
ROUTES = [
    (method, path)
    for path, operations in API["paths"].items()
    if path.startswith("/v1/")
    for method in METHODS
    if method in operations
]
NEEDS = {("get", path): "admin" for _, path in ROUTES if path.startswith(("/v1/webhooks", "/v1/keys"))}
WRITING = {"post": "ingest", "delete": "ingest", "put": "admin", "patch": "admin"}
READING_POSTS = {"/v1/search", "/v1/answers", "/v1/chat/completions"}

BODIES = {
    "/v1/jobs": {"document_id": "{document_id}"},
    "/v1/batches": {"source": "inbox"},
    "/v1/search": {"query": "x"},
    "/v1/answers": {"question": "x"},
    "/v1/chat/completions": {"model": "sheaf", "messages": [{"role": "user", "content": "x"}]},
    "/v1/webhooks": {"url": "https://example.org/"},
    "/v1/webhooks/{webhook_id}": {"enabled": False},
    "/v1/keys": {"name": "a", "scopes": ["read"]},
    "/v1/schemas/{name}": {"type": "object"},
}


def scope_of(method: str, path: str) -> str:
    if path in READING_POSTS:
        return "read"
    if path.startswith(("/v1/webhooks", "/v1/keys")):
        return "admin"
    return WRITING.get(method, "read")


def call(client, method, path, ids):
    body = BODIES.get(path)
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    path = re.sub(r"\{number\}", "1", path)
    if method in {"post", "put", "patch"} and body is not None:
        shown = {key: ids.get(value[1:-1], value) if isinstance(value, str) else value for key, value in body.items()}
        return client.request(method, path, json=shown)
    return client.request(method, path)


def test_there_are_routes():
    assert len(ROUTES) > 30


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_route_answers_without_a_key(house, problem, method, path):
    response = call(house.client(), method, path, {})
    problem(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"] == 'Bearer realm="sheaf"'


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_asks_for_its_scope(house, problem, method, path):
    needed = scope_of(method, path)
    others = {"ingest", "read"} - {needed}
    body = problem(call(house.tenant(*others), method, path, {}), 403, "permission-denied")
    assert body["scope"] == needed


@pytest.fixture(scope="module")
def foreign(house):
    """Ids of another workspace, whose owner has read them."""
    owner = house.tenant()
    accepted = house.upload(owner, b"Secret words of somebody else.", webhook_url="http://127.0.0.1:9999/hook")
    house.work()
    schema = owner.put("/v1/schemas/private_form", json={"type": "object", "properties": {"a": {"type": "string"}}})
    webhook = owner.post("/v1/webhooks", json={"url": "https://example.org/hook"}).json()
    delivery = owner.get("/v1/webhooks/deliveries").json()["items"][0]
    batch = owner.post("/v1/batches", json={"source": "inbox"}).json()
    return owner, {
        "document_id": accepted["document"]["id"],
        "job_id": accepted["job"]["id"],
        "name": schema.json()["name"],
        "webhook_id": webhook["id"],
        "delivery_id": delivery["id"],
        "batch_id": batch["id"],
        "key_id": owner.get("/v1/keys").json()["items"][0]["id"],
    }


FOREIGN = [
    (method, path)
    for method, path in ROUTES
    if (set(re.findall(r"\{(\w+)\}", path)) or (method, path) == ("post", "/v1/jobs"))
    and (method, path) != ("put", "/v1/schemas/{name}")
]


@pytest.mark.parametrize(("method", "path"), FOREIGN)
def test_what_belongs_to_another_workspace_is_not_there(house, client, foreign, problem, method, path):
    _, ids = foreign
    problem(call(client, method, path, ids), 404, "not-found")


@pytest.mark.parametrize("path", sorted({path for method, path in ROUTES if method == "get" and "{" not in path}))
def test_no_list_shows_what_belongs_to_another_workspace(house, client, foreign, path):
    _, ids = foreign
    text = client.get(path).text
    for shown in ids.values():
        assert shown not in text


def test_a_foreign_schema_cannot_be_used(house, client, foreign, problem):
    _, ids = foreign
    response = client.post("/v1/documents", files={"file": ("a.txt", b"a")}, data={"schema": ids["name"]})
    problem(response, 422, "unknown-schema")


def test_the_owner_still_has_everything(house, foreign):
    owner, ids = foreign
    assert owner.get(f"/v1/jobs/{ids['job_id']}").json()["status"] == "succeeded"
    assert owner.get(f"/v1/webhooks/{ids['webhook_id']}").json()["enabled"]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic abc", "Bearer sheaf_x", "bearer sheaf_000000000000_" + "0" * 43 + "_000000"],
)
def test_a_header_that_holds_no_key_is_refused(house, problem, header):
    problem(house.client(Authorization=header).get("/v1/jobs"), 401, "unauthenticated")


def test_a_revoked_key_opens_nothing(house, problem):
    admin = house.tenant()
    made = admin.post("/v1/keys", json={"name": "short", "scopes": ["read"]}).json()
    user = house.client(Authorization=f"Bearer {made['key']}")
    assert user.get("/v1/jobs").status_code == 200
    assert admin.delete(f"/v1/keys/{made['id']}").status_code == 204
    problem(user.get("/v1/jobs"), 401, "unauthenticated")
