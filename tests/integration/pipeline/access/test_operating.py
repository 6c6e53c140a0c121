"""What whoever runs the service does to workspaces."""

import pytest

from pipeline.access.authentication import authenticate
from pipeline.access.operating import Operator
from pipeline.access.secrets import SecretBox
from pipeline.errors import ConflictError, InvalidRequest, NotFound
from pipeline.settings import Limits
from pipeline.stores.records import audit, stored_bytes, workspaces


@pytest.fixture
def operator(database):
    return Operator(database, SecretBox(bytes(32)), Limits())


def test_a_new_workspace_has_a_key_and_the_limits_of_the_settings(database, operator):
    key = operator.create("acme")
    (made,) = operator.workspaces()
    assert authenticate(database, key).workspace_id == made.id
    assert authenticate(database, key).scopes == ("ingest", "read", "admin")
    assert (made.name, made.limits, made.stored) == ("acme", Limits(), 0)
    with database.write() as connection:
        stored_bytes.add(connection, made.id, 7)
    assert [one.stored for one in operator.workspaces()] == [7]


def test_no_second_workspace_has_a_name_and_no_name_is_empty(operator):
    operator.create("acme")
    with pytest.raises(ConflictError):
        operator.create("acme")
    for name in ("", "a\n", "x" * 121):
        with pytest.raises(InvalidRequest):
            operator.create(name)
    assert [one.name for one in operator.workspaces()] == ["acme"]


def test_limits_are_added_to_one_workspace_only_and_taken_away_again(database, operator):
    operator.create("acme")
    operator.create("other")
    operator.limit("acme", {"documents_per_day": 5})
    operator.limit("acme", {"open_jobs": 0})
    acme, other = sorted(operator.workspaces(), key=lambda workspace: workspace.name)
    assert acme.limits == Limits(documents_per_day=5, open_jobs=0)
    assert other.limits == Limits()
    operator.limit("acme", {"open_jobs": 9}, reset=True)
    assert min(operator.workspaces(), key=lambda workspace: workspace.name).limits == Limits(open_jobs=9)
    with database.read() as connection:
        events = [event for event in audit.list_events(connection, acme.id) if event.action == "workspace.limited"]
    assert [event.details for event in events] == [
        {"documents_per_day": 5},
        {"documents_per_day": 5, "open_jobs": 0},
        {"open_jobs": 9},
    ]
    with pytest.raises(NotFound):
        operator.limit("nobody", {})


def test_retention_classes_are_replaced_and_their_names_are_checked(database, operator):
    operator.create("acme")
    operator.retain("acme", {"default": 365, "short": 0.5})
    operator.retain("acme", {"short": 7})
    with database.read() as connection:
        assert workspaces.list_workspaces(connection)[0].retention == {"short": 7}
    for classes in ({"none": 1}, {"": 1}, {"Short": 1}, {"short": 0}, {"short": float("nan")}, {"short": 1e9}):
        with pytest.raises(InvalidRequest):
            operator.retain("acme", classes)
    with pytest.raises(NotFound):
        operator.retain("nobody", {})


def test_a_retention_class_may_be_called_as_a_field_of_the_audit_log_is(database, operator):
    operator.create("acme")
    named = ("action", "actor", "connection", "object_id", "workspace_id", "named", "details")
    operator.retain("acme", dict.fromkeys(named, 7))
    with database.read() as connection:
        (acme,) = workspaces.list_workspaces(connection)
        (event,) = [e for e in audit.list_events(connection, acme.id) if e.action == "workspace.retention"]
    assert acme.retention == dict.fromkeys(named, 7)
    assert event.details == dict.fromkeys(named, "7")
