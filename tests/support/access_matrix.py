"""Every route of the API against every kind of key: what a caller gets who should get nothing.

The routes come from the OpenAPI description; what each needs is written down here, apart from the code, so that a route
that is new, or lets in others than it did, is seen.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from api.http.openapi import describe
from tests.support.openapi_changes import METHODS

Route = tuple[str, str]
"""Method and path, as the description has them."""

READ, INGEST, ADMIN = "read", "ingest", "admin"
SCOPES: dict[Route, str] = {
    ("post", "/v1/documents"): INGEST,
    ("get", "/v1/documents"): READ,
    ("get", "/v1/documents/{document_id}"): READ,
    ("get", "/v1/documents/{document_id}/content"): READ,
    ("get", "/v1/documents/{document_id}/file"): READ,
    ("get", "/v1/documents/{document_id}/pages/{number}.png"): READ,
    ("delete", "/v1/documents/{document_id}"): INGEST,
    ("post", "/v1/jobs"): INGEST,
    ("get", "/v1/jobs"): READ,
    ("get", "/v1/jobs/{job_id}"): READ,
    ("get", "/v1/jobs/{job_id}/result"): READ,
    ("get", "/v1/jobs/{job_id}/events"): READ,
    ("post", "/v1/jobs/{job_id}/cancel"): INGEST,
    ("post", "/v1/jobs/{job_id}/retry"): INGEST,
    ("post", "/v1/batches"): INGEST,
    ("get", "/v1/batches"): READ,
    ("get", "/v1/batches/{batch_id}"): READ,
    ("get", "/v1/batches/{batch_id}/files"): READ,
    ("get", "/v1/batches/{batch_id}/report"): READ,
    ("get", "/v1/schemas"): READ,
    ("get", "/v1/schemas/{name}"): READ,
    ("put", "/v1/schemas/{name}"): ADMIN,
    ("post", "/v1/search"): READ,
    ("post", "/v1/answers"): READ,
    ("get", "/v1/models"): READ,
    ("post", "/v1/chat/completions"): READ,
    ("post", "/v1/webhooks"): ADMIN,
    ("get", "/v1/webhooks"): ADMIN,
    ("get", "/v1/webhooks/secret"): ADMIN,
    ("post", "/v1/webhooks/secret/rotate"): ADMIN,
    ("get", "/v1/webhooks/deliveries"): ADMIN,
    ("post", "/v1/webhooks/deliveries/replay"): ADMIN,
    ("get", "/v1/webhooks/deliveries/{delivery_id}"): ADMIN,
    ("post", "/v1/webhooks/deliveries/{delivery_id}/replay"): ADMIN,
    ("get", "/v1/webhooks/{webhook_id}"): ADMIN,
    ("get", "/v1/webhooks/{webhook_id}/key"): ADMIN,
    ("post", "/v1/webhooks/{webhook_id}/rotate"): ADMIN,
    ("patch", "/v1/webhooks/{webhook_id}"): ADMIN,
    ("delete", "/v1/webhooks/{webhook_id}"): ADMIN,
    ("get", "/v1/keys"): ADMIN,
    ("post", "/v1/keys"): ADMIN,
    ("post", "/v1/keys/{key_id}/rotate"): ADMIN,
    ("delete", "/v1/keys/{key_id}"): ADMIN,
    ("get", "/v1/usage"): READ,
    ("get", "/v1/audit"): ADMIN,
}
PUBLIC: set[Route] = {("get", "/health/live"), ("get", "/health/ready"), ("get", "/metrics")}
"""They need no key and tell of no workspace."""

BODIES: dict[str, dict[str, Any]] = {
    "/v1/jobs": {"document_id": "{document_id}"},
    "/v1/batches": {"source": "inbox"},
    "/v1/search": {"query": "cormorant"},
    "/v1/answers": {"question": "What is the cormorant?", "conversation_id": "{conversation_id}"},
    "/v1/chat/completions": {"model": "sheaf", "messages": [{"role": "user", "content": "cormorant"}]},
    "/v1/webhooks": {"url": "https://example.org/"},
    "/v1/webhooks/{webhook_id}/rotate": {"overlap_seconds": 60},
    "/v1/webhooks/secret/rotate": {"overlap_seconds": 60},
    "/v1/webhooks/deliveries/replay": {},
    "/v1/webhooks/{webhook_id}": {"enabled": True},
    "/v1/keys": {"name": "a", "scopes": ["read"]},
    "/v1/schemas/{name}": {"type": "object"},
}
NAMED_ANEW: set[Route] = {("put", "/v1/schemas/{name}")}
"""The name is the caller's own: another workspace's schema of that name has nothing to do with it."""
CANARY = b"The cormorant of the owner is called Zanzibar."
UNKNOWN = {
    "document_id": "doc_" + "0" * 32,
    "job_id": "job_" + "0" * 32,
    "batch_id": "bat_" + "0" * 32,
    "webhook_id": "wh_" + "0" * 32,
    "delivery_id": "dlv_" + "0" * 32,
    "conversation_id": "conv_" + "0" * 32,
    "key_id": "0" * 12,
    "name": "no_such_form",
}
PICTURE = "/v1/documents/{document_id}/pages/{number}.png"


def described() -> set[Route]:
    """Every route that the API's description has."""
    return {
        (method, path) for path, operations in describe()["paths"].items() for method in METHODS if method in operations
    }


def named(route: Route) -> set[str]:
    """The ids that a request of the route names, in its path or its body."""
    return set(re.findall(r"\{(\w+)\}", route[1] + json.dumps(_body(route)))) - {"number"}


def _body(route: Route) -> dict[str, Any] | None:
    return None if route[0] in {"get", "delete"} else BODIES.get(route[1])


def call(client: httpx.Client, route: Route, ids: dict[str, str]) -> httpx.Response:
    """A request of the route that would do something."""
    method, path = route
    body = _body(route)
    where = path.format_map({**ids, "number": 1})
    if route == ("post", "/v1/documents"):
        return client.post(where, files={"file": ("b.txt", b"Something else.")})
    if body is None:
        return client.request(method, where)
    shown = {key: ids.get(value[1:-1], value) if isinstance(value, str) else value for key, value in body.items()}
    return client.request(method, where, json=shown)


@dataclass
class Cast:
    """Who calls: the owner of some things, an intruder with a workspace and all scopes of its own, and broken keys."""

    owner: httpx.Client
    intruder: httpx.Client
    ids: dict[str, str]
    picture: str
    """The owner's document that has a page."""
    anonymous: dict[str, httpx.Client]
    """By what is wrong with the key."""
    with_scopes: Callable[..., httpx.Client]
    """A client of the owner's workspace."""
    before: dict[str, object] = field(default_factory=dict)
    """What the intruder's lists showed before there was anything of the owner's."""
    cursors: dict[str, str] = field(default_factory=dict)
    """Where the second pages of the owner's lists begin."""

    def own(self, route: Route) -> dict[str, str]:
        """Ids of the owner's that the route can be asked for."""
        return {**self.ids, "document_id": self.picture} if route[1] == PICTURE else self.ids


LISTS = sorted(route for route in SCOPES if route[0] == "get" and "{" not in route[1] and "secret" not in route[1])
ROUTES = sorted(SCOPES, key=lambda route: (route[0] == "delete", "rotate" in route[1], "cancel" in route[1], route))
"""What destroys comes last."""


def listed(client: httpx.Client) -> dict[str, object]:
    """What all lists show a client, without the time at which its key was used last."""
    shown = {path: client.get(path).json() for _, path in LISTS}
    for key in shown["/v1/keys"]["items"]:
        del key["last_used_at"]
    return dict(shown)


def broken_keys(cast: Cast) -> Iterator[str]:
    """Routes that answer a caller whose key opens nothing."""
    for kind, client in cast.anonymous.items():
        for route in ROUTES:
            response = call(client, route, cast.own(route))
            if response.status_code != 401 or response.headers["www-authenticate"] != 'Bearer realm="sheaf"':
                yield f"{kind}: {route} answers {response.status_code}"


def wrong_scopes(cast: Cast) -> Iterator[str]:
    """Routes that do what the caller's key has no scope for."""
    for needed in (READ, INGEST, ADMIN):
        client = cast.with_scopes(*({READ, INGEST} - {needed}))
        for route in ROUTES:
            if SCOPES[route] == needed:
                response = call(client, route, cast.own(route))
                if response.status_code != 403 or response.json()["scope"] != needed:
                    yield f"wrong scope: {route} answers {response.status_code}"


def foreign_ids(cast: Cast) -> Iterator[str]:
    """Routes that tell the intruder anything but that there is no such thing, in the same words as for no thing."""
    for route in ROUTES:
        if named(route) and route not in NAMED_ANEW:
            own = cast.own(route)
            foreign = _normal(call(cast.intruder, route, own), own)
            unknown = _normal(call(cast.intruder, route, UNKNOWN), UNKNOWN)
            if foreign != unknown or foreign[0] != 404:
                yield f"foreign id: {route} answers {foreign}, and for an unknown one {unknown}"


def foreign_lists(cast: Cast) -> Iterator[str]:
    """Lists, searches and uploads through which something of the owner's can be seen."""
    after = listed(cast.intruder)
    for path, shown in after.items():
        if shown != cast.before[path]:
            yield f"list: {path} shows {shown}"
    for what, response in _probes(cast):
        if any(secret in response.text for secret in (*cast.ids.values(), "Zanzibar")):
            yield f"{what}: {response.text}"


def _probes(cast: Cast) -> Iterator[tuple[str, httpx.Response]]:
    client, ids = cast.intruder, cast.ids
    yield "jobs of a document", client.get("/v1/jobs", params={"document_id": ids["document_id"]})
    for path, cursor in cast.cursors.items():
        yield f"page of {path}", client.get(path, params={"cursor": cursor})
    only = {"document_ids": [ids["document_id"]]}
    yield "search", client.post("/v1/search", json={"query": "cormorant Zanzibar"})
    yield "filtered search", client.post("/v1/search", json={"query": "cormorant", "filters": only})
    yield "answer", client.post("/v1/answers", json={"question": "What is the cormorant called?"})
    chat = {"model": "sheaf", "messages": [{"role": "user", "content": "What is the cormorant called?"}]}
    yield "chat", client.post("/v1/chat/completions", json=chat)
    form = {"files": {"file": ("a.txt", b"Something.")}, "data": {"schema": ids["name"]}}
    refused = client.post("/v1/documents", **form)
    if refused.status_code == 202:
        yield f"schema {ids['name']}", refused
    elif refused.json()["type"] != "urn:sheaf:problem:unknown-schema":
        yield "schema", refused
    yield "same Idempotency-Key", upload_again(client, ids)


def upload_again(client: httpx.Client, ids: dict[str, str]) -> httpx.Response:
    """The owner's very upload with its key; an answer that is no new document names the owner's."""
    files = {"file": ("a.txt", CANARY)}
    response = client.post("/v1/documents", files=files, headers={"Idempotency-Key": "the-owners"})
    return response if response.status_code == 202 else httpx.Response(500, text=ids["document_id"])


def shut_out(cast: Cast) -> Iterator[str]:
    """Routes that refuse the owner's key with just the scope they need."""
    clients = {scope: cast.with_scopes(scope) for scope in (READ, INGEST, ADMIN)}
    for route in ROUTES:
        response = call(clients[SCOPES[route]], route, cast.own(route))
        if response.status_code in {401, 403, 404} or response.status_code >= 500:
            yield f"owner: {route} answers {response.status_code} {response.text[:200]}"


def _normal(response: httpx.Response, ids: dict[str, str]) -> tuple[int, str]:
    text = response.text
    for value in ids.values():
        text = text.replace(value, "ID")
    return response.status_code, re.sub(r'"instance":"[^"]*"', "", text)
