"""After the deletion of a workspace nothing of it is left but its audit log: a sweep through files and rows."""

import getpass
import math

import pytest
from sqlalchemy import select

from pipeline.access.audit_chain import verify
from pipeline.access.operating import Operator
from pipeline.jobs.removal import remove_closed
from pipeline.jobs.sweep import tidy
from pipeline.stores.records import audit
from pipeline.stores.records.tables import metadata
from tests.integration.api.http.test_deletion_sweep import (
    CANARY,
    document,
    everything_made_of_it,
    found,
    rows_with_canary,
)


@pytest.fixture(params=["house", "bounded_house"], ids=["sqlite", "postgres"])
def home(request):
    """On PostgreSQL as the role of services, which may not touch the audit log."""
    return request.getfixturevalue(request.param)


def operator(house):
    return Operator(house.services.database, house.services.secrets, house.services.settings.limits)


def owned(house, client):
    """A workspace with something of everything that one can have."""
    everything_made_of_it(house, client, document(150))
    kept = house.upload(client, document(5), f"{CANARY}-too.txt")["document"]["id"]
    schema = {"type": "object", "description": CANARY}
    assert client.put("/v1/schemas/birds", json=schema).status_code == 201
    assert client.post("/v1/webhooks", json={"url": f"https://example.org/{CANARY}"}).status_code == 201
    assert client.post("/v1/keys", json={"name": CANARY, "scopes": ["read"]}).status_code == 201
    assert client.post("/v1/batches", json={"source": "inbox", "pattern": f"{CANARY}*"}).status_code == 202
    sent = {"files": {"file": ("b.txt", b"b")}, "headers": {"Idempotency-Key": CANARY}}
    assert client.post("/v1/documents", **sent).status_code == 202
    deleted = house.upload(client, document(3), f"{CANARY}.txt")["document"]["id"]
    assert client.delete(f"/v1/documents/{deleted}").status_code == 200
    return kept


def tables_with(house, workspace_id):
    with house.services.database.read() as connection:
        return {
            table.name
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
            if workspace_id in repr(tuple(row))
        }


def test_a_sweep_finds_nothing_of_a_deleted_workspace(home, problem):
    other = home.tenant()
    others = home.upload(other, b"Something about a heron.")["document"]["id"]
    client = home.tenant(name=CANARY)
    kept = owned(home, client)
    assert {"documents", "usage", "daily_quotas", "stored_bytes"} <= tables_with(home, client.workspace_id)

    held = operator(home).delete(CANARY, by=getpass.getuser())
    assert (held.id, held.documents, held.closed) == (client.workspace_id, 3, False)
    for asked in (client.get("/v1/jobs"), client.get(f"/v1/documents/{kept}"), client.post("/v1/search", json={})):
        problem(asked, 401, "unauthenticated")
    assert any(one.deleted for one in operator(home).workspaces())

    tidy(home.services)
    assert tables_with(home, client.workspace_id) == {"audit_events"}
    assert rows_with_canary(home.services) == []
    assert home.services.vectors.count(workspace_id=client.workspace_id) == 0
    tidy(home.services)
    assert found(home.folder) == set()

    receipt = operator(home).receipt(client.workspace_id)
    assert receipt["documents"] == 4, "the one that was deleted before, too"
    assert receipt["vectors"] == receipt["passages"] >= 1
    assert receipt["files"] >= 3
    assert receipt["bytes"] == held.stored
    with home.services.database.read() as connection:
        events = audit.list_events(connection, client.workspace_id, limit=10_000)
    assert verify(event.link() for event in events).holds
    closed = next(event for event in events if event.action == "workspace.deleted")
    assert (closed.actor, closed.details["by"]) == ("system", getpass.getuser())
    assert [event.action for event in events[-4:]] == [*["document.deleted"] * 3, "workspace.removed"]

    assert other.get(f"/v1/documents/{others}").status_code == 200
    again = home.tenant(name=CANARY)
    assert again.workspace_id != client.workspace_id, "the name can be taken again"
    assert again.get("/v1/documents").json()["items"] == []
    operator(home).delete(CANARY, by="test")
    assert not remove_closed(home.services, until=math.inf)
