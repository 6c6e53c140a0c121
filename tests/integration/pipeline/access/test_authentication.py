"""Who calls: keys in a real database."""

import pytest

from pipeline.access import authentication
from pipeline.access.authentication import authenticate
from pipeline.access.issuing import ensure_workspace, issue_key, revoke_key
from pipeline.access.keys import new_key
from pipeline.access.secrets import SecretBox
from pipeline.errors import NotFound, PermissionDenied, Unauthenticated
from pipeline.stores.records import keys


@pytest.fixture
def workspace_id(database):
    return ensure_workspace(database, SecretBox(bytes(32))).id


@pytest.fixture
def issue(database, workspace_id):
    def make(scopes=("read",), expires_in=None):
        return issue_key(
            database,
            workspace_id=workspace_id,
            name="test",
            scopes=list(scopes),
            expires_in=expires_in,
            actor="test",
        )

    return make


def test_a_key_opens_its_workspace_with_its_scopes(database, workspace_id, issue):
    issued = issue(["ingest"])
    caller = authenticate(database, issued.text)
    assert (caller.workspace_id, caller.key_id, caller.scopes) == (workspace_id, issued.record.id, ("ingest",))
    assert caller.actor == f"key:{issued.record.id}"
    caller.check("ingest")
    with pytest.raises(PermissionDenied):
        caller.check("admin")


def test_a_well_formed_key_that_nobody_issued_opens_nothing(database, workspace_id):
    with pytest.raises(Unauthenticated):
        authenticate(database, new_key().text)


def test_a_key_with_another_secret_behind_a_known_id_opens_nothing(database, issue):
    known, other = issue(), new_key()
    forged = other.text.replace(other.key_id, known.record.id)
    with pytest.raises(Unauthenticated):
        authenticate(database, forged)


def test_an_expired_key_opens_nothing(database, issue):
    with pytest.raises(Unauthenticated):
        authenticate(database, issue(expires_in=-1).text)


def test_a_revoked_key_opens_nothing(database, workspace_id, issue):
    issued = issue()
    revoke_key(database, issued.record.id, workspace_id=workspace_id, actor="test")
    with pytest.raises(Unauthenticated):
        authenticate(database, issued.text)


def test_a_key_of_another_workspace_cannot_be_revoked(database, issue):
    issued = issue()
    with pytest.raises(NotFound):
        revoke_key(database, issued.record.id, workspace_id="ws_other", actor="test")
    authenticate(database, issued.text)


def test_the_last_use_is_noted_but_not_at_every_request(database, issue):
    issued = issue()

    def last_used():
        with database.read() as connection:
            return keys.find_key(connection, issued.record.id).last_used_at

    authenticate(database, issued.text)
    first = last_used()
    assert first is not None
    authenticate(database, issued.text)
    assert last_used() == first
    with database.write() as connection:
        used = keys.api_keys.c.last_used_at - authentication.LAST_USED_STEP_SECONDS - 1.0
        connection.execute(keys.api_keys.update().values(last_used_at=used))
    authenticate(database, issued.text)
    assert last_used() >= first
