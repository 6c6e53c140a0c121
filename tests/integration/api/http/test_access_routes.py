"""Who may do what, on every route there is; and that the tests would notice if others could."""

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest
from sqlalchemy import BindParameter, event, true
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BinaryExpression

from pipeline.access import authentication
from pipeline.access.issuing import issue_key
from pipeline.access.keys import known_key, new_key
from pipeline.stores import edge
from pipeline.stores.records import jobs, keys
from tests.support import access_matrix as matrix
from tests.support.access_matrix import CANARY, PUBLIC, ROUTES, SCOPES, Cast, described

PIXEL = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_every_route_is_classified():
    assert described() == set(SCOPES) | PUBLIC, "say in tests/support/access_matrix.py what a new route needs"
    assert {route for route in described() if not route[1].startswith("/v1/")} == PUBLIC


def broken(house, workspace_id, *, expires_in=None):
    issued = issue_key(
        house.services.database,
        workspace_id=workspace_id,
        name="broken",
        scopes=["ingest", "read", "admin"],
        expires_in=expires_in,
        actor="test",
    )
    return issued, house.client(Authorization=f"Bearer {issued.text}")


def forged(house, key_id):
    """A key of the right form with the id of a valid one and another secret."""
    body = re.sub(r"(?<=sheaf_)\w{12}", key_id, new_key().text).rpartition("_")[0]
    from pipeline.access.keys import _check

    text = f"{body}_{_check(body)}"
    assert known_key(text).key_id == key_id
    return house.client(Authorization=f"Bearer {text}")


def make_cast(house) -> Cast:
    """New workspaces with something in each of the owner's lists."""
    owner, intruder = house.tenant(), house.tenant()
    before = matrix.listed(intruder)
    sent = owner.post(
        "/v1/documents",
        files={"file": ("a.txt", CANARY)},
        data={"webhook_url": "http://127.0.0.1:9999/hook", "collection": "zanzibar"},
        headers={"Idempotency-Key": "the-owners"},
    ).json()
    picture = house.upload(owner, PIXEL, "a.png")
    house.work()
    schema = owner.put("/v1/schemas/private_form", json={"type": "object", "properties": {"a": {"type": "string"}}})
    asked = {"question": "What is the cormorant called?", "conversation_id": "new"}
    ids = {
        "document_id": sent["document"]["id"],
        "job_id": sent["job"]["id"],
        "name": schema.json()["name"],
        "webhook_id": owner.post("/v1/webhooks", json={"url": "https://example.org/hook"}).json()["id"],
        "delivery_id": owner.get("/v1/webhooks/deliveries").json()["items"][0]["id"],
        "batch_id": owner.post("/v1/batches", json={"source": "inbox"}).json()["id"],
        "key_id": owner.post("/v1/keys", json={"name": "a", "scopes": ["read"]}).json()["id"],
        "conversation_id": owner.post("/v1/answers", json=asked).json()["conversation_id"],
    }
    firsts = {path: owner.get(path, params={"limit": 1}).json() for path in ("/v1/documents", "/v1/jobs")}
    revoked, after = broken(house, owner.workspace_id)
    assert owner.delete(f"/v1/keys/{revoked.record.id}").status_code == 204
    return Cast(
        owner=owner,
        intruder=intruder,
        ids=ids,
        picture=picture["document"]["id"],
        anonymous={
            "no key": house.client(),
            "forged key": forged(house, ids["key_id"]),
            "expired key": broken(house, owner.workspace_id, expires_in=-1)[1],
            "revoked key": after,
        },
        with_scopes=lambda *scopes: house.tenant(*scopes, workspace_id=owner.workspace_id),
        before=before,
        cursors={path: shown["next_cursor"] for path, shown in firsts.items()},
    )


@pytest.fixture(scope="module")
def cast(house):
    return make_cast(house)


@pytest.mark.parametrize("column", [matrix.broken_keys, matrix.wrong_scopes, matrix.foreign_ids, matrix.foreign_lists])
def test_no_route_lets_in_who_should_stay_out(cast, column):
    assert list(column(cast)) == []


def test_the_owner_is_let_in_everywhere_with_just_the_scope_needed(house):
    assert list(matrix.shut_out(make_cast(house))) == []


# What follows breaks the checks one by one: a matrix that finds nothing then would find nothing ever.

Mutant = Callable[[pytest.MonkeyPatch, object], AbstractContextManager[None]]


@contextmanager
def without_filter(database, *tables: str) -> Iterator[None]:
    """Every comparison of a table's `workspace_id` with a value is true, in every statement."""

    def forget(element, **_):
        column = getattr(element, "left", None)
        table = getattr(getattr(column, "table", None), "name", None)
        compares = isinstance(element, BinaryExpression) and isinstance(element.right, BindParameter)
        return true() if compares and column.name == "workspace_id" and table in tables else None

    def change(connection, statement, multiparams, params, execution_options):
        if not hasattr(statement, "whereclause"):
            return statement, multiparams, params
        return visitors.replacement_traverse(statement, {}, forget), multiparams, params

    engines = {database._reading, database._writing}
    for engine in engines:
        event.listen(engine, "before_execute", change, retval=True)
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine, "before_execute", change)


def patched(target, name, value) -> Mutant:
    def mutant(patch, house):
        patch.setattr(target, name, value)
        return nullcontext()

    return mutant


def forgetting(*tables: str, vectors: bool = False) -> Mutant:
    def mutant(patch, house):
        if vectors:
            # The index is searched without the workspace.
            real = edge.conditions
            patch.setattr(edge, "conditions", lambda where: [pair for pair in real(where) if pair[0] != edge.WORKSPACE])
        return without_filter(house.services.database, *tables)

    return mutant


def key_statement(*conditions) -> Mutant:
    query = keys.select(keys.api_keys).where(keys.api_keys.c.id == keys.bindparam("id"), *conditions)
    return patched(keys, "_VALID_KEY", query)


def job_of_anybody() -> Mutant:
    real = jobs.get_job

    def get_job(connection, job_id, *, workspace_id=None, lock=False):
        return real(connection, job_id, lock=lock)

    return patched(jobs, "get_job", get_job)


CAUGHT: dict[str, tuple[Mutant, Callable[[Cast], Iterator[str]]]] = {
    "scopes are not asked for": (patched(authentication, "check_scope", lambda *_: None), matrix.wrong_scopes),
    "every secret is the right one": (patched(authentication, "matches", lambda *_: True), matrix.broken_keys),
    "expired keys open": (key_statement(keys.api_keys.c.revoked_at.is_(None)), matrix.broken_keys),
    "revoked keys open": (
        key_statement(keys.api_keys.c.expires_at.is_(None) | (keys.api_keys.c.expires_at > keys.now())),
        matrix.broken_keys,
    ),
    "documents by id": (forgetting("documents"), matrix.foreign_ids),
    "documents in lists": (forgetting("documents"), matrix.foreign_lists),
    "jobs by id": (job_of_anybody(), matrix.foreign_ids),
    "jobs in lists": (forgetting("jobs"), matrix.foreign_lists),
    "batches by id": (forgetting("batches"), matrix.foreign_ids),
    "batches in lists": (forgetting("batches"), matrix.foreign_lists),
    "endpoints by id": (forgetting("webhook_endpoints"), matrix.foreign_ids),
    "endpoints in lists": (forgetting("webhook_endpoints"), matrix.foreign_lists),
    "deliveries by id": (forgetting("webhook_deliveries"), matrix.foreign_ids),
    "deliveries in lists": (forgetting("webhook_deliveries"), matrix.foreign_lists),
    "keys by id": (forgetting("api_keys"), matrix.foreign_ids),
    "keys in lists": (forgetting("api_keys"), matrix.foreign_lists),
    "schemas by name": (forgetting("schemas"), matrix.foreign_ids),
    "schemas in lists": (forgetting("schemas"), matrix.foreign_lists),
    "conversations": (forgetting("conversations"), matrix.foreign_ids),
    "usage": (forgetting("usage"), matrix.foreign_lists),
    "idempotency keys": (forgetting("idempotency_keys"), matrix.foreign_lists),
    "every wall of the search": (forgetting("chunks", "documents", vectors=True), matrix.foreign_lists),
}


@pytest.mark.parametrize("name", sorted(CAUGHT))
def test_a_check_that_is_broken_is_seen(house, monkeypatch, name):
    mutant, column = CAUGHT[name]
    fresh = make_cast(house)
    with mutant(monkeypatch, house):
        assert next(column(fresh), None) is not None


@pytest.mark.parametrize("mutant", [forgetting(vectors=True), forgetting("chunks")], ids=["vectors", "chunks"])
def test_the_search_has_a_second_wall_behind_each(house, monkeypatch, mutant):
    fresh = make_cast(house)
    with mutant(monkeypatch, house):
        assert list(matrix.foreign_lists(fresh)) == []


def test_the_owner_still_has_everything(cast):
    assert cast.owner.get(f"/v1/jobs/{cast.ids['job_id']}").json()["status"] == "succeeded"
    assert cast.owner.get(f"/v1/webhooks/{cast.ids['webhook_id']}").json()["enabled"]
    assert len(ROUTES) > 35


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
