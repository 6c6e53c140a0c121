"""The first workspace and its keys."""

import pytest

from pipeline.access.authentication import authenticate
from pipeline.access.issuing import ensure_key, ensure_workspace, has_key, issue_key, revoke_key, rotate_key
from pipeline.access.keys import new_key
from pipeline.access.secrets import SecretBox
from pipeline.delivery.keyring import Keyring
from pipeline.errors import NotFound, SettingsError, Unauthenticated
from pipeline.stores.records import audit


@pytest.fixture
def secrets():
    return SecretBox(bytes(32))


def test_a_workspace_is_made_once_with_a_sealed_secret(database, secrets):
    first, second = ensure_workspace(database, secrets), ensure_workspace(database, secrets)
    assert first == second
    assert Keyring.parse(secrets.unseal(first.webhook_secret)).present.secret.startswith("whsec_")


def test_a_chosen_key_opens_the_workspace_however_often_it_is_ensured(database, secrets):
    workspace, key = ensure_workspace(database, secrets), new_key().text
    for _ in range(2):
        ensure_key(database, workspace.id, key)
    assert authenticate(database, key).scopes == ("ingest", "read", "admin")


@pytest.mark.parametrize("text", ["", "secret", "sheaf_x"])
def test_a_chosen_key_must_have_the_form_of_one(database, secrets, text):
    workspace = ensure_workspace(database, secrets)
    with pytest.raises(SettingsError, match="bootstrap_key") as refused:
        ensure_key(database, workspace.id, text)
    assert not text or text not in refused.value.message.replace("sheaf_…", "")


def test_a_chosen_key_that_was_revoked_does_not_come_back(database, secrets):
    workspace, key = ensure_workspace(database, secrets), new_key()
    ensure_key(database, workspace.id, key.text)
    revoke_key(database, key.key_id, workspace_id=workspace.id, actor="test")
    with pytest.raises(SettingsError, match="revoked"):
        ensure_key(database, workspace.id, key.text)


def test_a_chosen_key_opens_one_workspace_only(database, secrets):
    one, other = ensure_workspace(database, secrets), ensure_workspace(database, secrets, "other")
    key = new_key().text
    ensure_key(database, one.id, key)
    with pytest.raises(SettingsError):
        ensure_key(database, other.id, key)


def test_an_expired_or_revoked_key_is_no_key(database, secrets):
    workspace = ensure_workspace(database, secrets)
    assert not has_key(database, workspace.id)

    def issue(expires_in):
        return issue_key(
            database, workspace_id=workspace.id, name="a", scopes=["read"], expires_in=expires_in, actor="test"
        )

    issue(-1)
    assert not has_key(database, workspace.id)
    issued = issue(None)
    assert has_key(database, workspace.id)
    revoke_key(database, issued.record.id, workspace_id=workspace.id, actor="test")
    assert not has_key(database, workspace.id)


def test_making_and_revoking_keys_is_audited_without_their_texts(database, secrets):
    workspace = ensure_workspace(database, secrets)
    issued = issue_key(database, workspace_id=workspace.id, name="a", scopes=["read"], expires_in=None, actor="me")
    revoke_key(database, issued.record.id, workspace_id=workspace.id, actor="you")
    with database.read() as connection:
        events = audit.list_events(connection, workspace.id)
    assert [(event.actor, event.action, event.object_id) for event in events] == [
        ("me", "key.issued", issued.record.id),
        ("you", "key.revoked", issued.record.id),
    ]
    assert issued.text not in repr(events)
    assert issued.text not in repr(issued)


def test_a_rotated_key_opens_beside_its_successor_until_the_overlap_ends(database, secrets):
    workspace = ensure_workspace(database, secrets)
    old = issue_key(database, workspace_id=workspace.id, name="ci", scopes=["read"], expires_in=3600, actor="me")
    asked = {"workspace_id": workspace.id, "actor": "me"}
    new = rotate_key(database, old.record.id, overlap_seconds=600, **asked)
    assert (new.record.name, new.record.scopes) == ("ci", ["read"])
    assert new.record.expires_at == pytest.approx(old.record.expires_at, abs=5)
    for key in (old, new):
        assert authenticate(database, key.text).key_id == key.record.id
    newest = rotate_key(database, new.record.id, overlap_seconds=0, **asked)
    with pytest.raises(Unauthenticated):
        authenticate(database, new.text)
    assert authenticate(database, newest.text).scopes == ("read",)
    with database.read() as connection:
        rotated = [event for event in audit.list_events(connection, workspace.id) if event.action == "key.rotated"]
    assert rotated[0].details == {"successor": new.record.id}


def test_neither_a_foreign_nor_an_expired_key_can_be_rotated(database, secrets):
    workspace, other = ensure_workspace(database, secrets), ensure_workspace(database, secrets, "other")
    key = issue_key(database, workspace_id=workspace.id, name="a", scopes=["read"], expires_in=None, actor="me")
    late = issue_key(database, workspace_id=workspace.id, name="b", scopes=["read"], expires_in=-1, actor="me")
    for wanted, caller in ((key, other), (late, workspace)):
        with pytest.raises(NotFound):
            rotate_key(database, wanted.record.id, workspace_id=caller.id, overlap_seconds=0, actor="me")
    assert authenticate(database, key.text)
