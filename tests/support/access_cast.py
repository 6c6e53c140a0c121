"""Who plays in the access matrix, made in a running service; and the service without its conditions."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import BindParameter, event, true
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BinaryExpression

from pipeline.access.issuing import issue_key
from pipeline.access.keys import _check, known_key, new_key
from pipeline.stores.records.database import Database
from tests.support import access_matrix as matrix
from tests.support.access_matrix import CANARY, Cast

PIXEL = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def broken(house: Any, workspace_id: str, *, expires_in: float | None = None) -> Any:
    issued = issue_key(
        house.services.database,
        workspace_id=workspace_id,
        name="broken",
        scopes=["ingest", "read", "admin"],
        expires_in=expires_in,
        actor="test",
    )
    return issued, house.client(Authorization=f"Bearer {issued.text}")


def forged(house: Any, key_id: str) -> Any:
    """A key of the right form with the id of a valid one and another secret."""
    body = re.sub(r"(?<=sheaf_)\w{12}", key_id, new_key().text).rpartition("_")[0]

    text = f"{body}_{_check(body)}"
    assert known_key(text).key_id == key_id
    return house.client(Authorization=f"Bearer {text}")


def make_cast(house: Any) -> Cast:
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


@contextmanager
def without_filter(database: Database, *tables: str) -> Iterator[None]:
    """Every comparison of a table's `workspace_id` with a value is true, in every statement."""

    def forget(element: Any, **_: Any) -> Any:
        column = getattr(element, "left", None)
        table = getattr(getattr(column, "table", None), "name", None)
        compares = isinstance(element, BinaryExpression) and isinstance(element.right, BindParameter)
        return true() if compares and column.name == "workspace_id" and table in tables else None

    def change(connection: Any, statement: Any, multiparams: Any, params: Any, execution_options: Any) -> Any:
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
