"""Who may do what, on every route there is; and that the tests would notice if others could."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

import pytest

from pipeline.access import authentication
from pipeline.stores import edge
from pipeline.stores.payload import Clause
from pipeline.stores.records import jobs, keys
from tests.support import access_matrix as matrix
from tests.support.access_cast import make_cast, without_filter
from tests.support.access_matrix import ROUTES, Cast


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


def patched(target, name, value) -> Mutant:
    def mutant(patch, house):
        patch.setattr(target, name, value)
        return nullcontext()

    return mutant


def forgetting(*tables: str, vectors: bool = False) -> Mutant:
    def mutant(patch, house):
        if vectors:
            # The index is searched without the workspace.
            real = edge.clause
            patch.setattr(edge, "clause", lambda where: Clause(must=real(where).must[1:]))
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
    "audit log": (forgetting("audit_events"), matrix.foreign_lists),
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
