"""Routes about API keys."""

from typing import Annotated, cast

from fastapi import Body

from api.http.access import Admin, ServicesHere
from api.http.routing import make_router
from pipeline.access import issuing
from pipeline.jobs.views import moment, optional_moment
from pipeline.stores.records.keys import KeyRecord
from schemas.keys import KeyRequest, KeyView, NewKeyView, RotationRequest, Scope
from schemas.lists import Listing

router = make_router("keys")


@router.get("/keys")
def list_keys(services: ServicesHere, caller: Admin) -> Listing[KeyView]:
    """The workspace's keys, oldest first; their texts are not stored."""
    found = issuing.list_keys(services.database, workspace_id=caller.workspace_id)
    return Listing(items=[_view(record) for record in found])


@router.post("/keys", status_code=201)
def create_key(wanted: KeyRequest, services: ServicesHere, caller: Admin) -> NewKeyView:
    """Make a key. The answer holds its text, once."""
    issued = issuing.issue_key(
        services.database,
        workspace_id=caller.workspace_id,
        name=wanted.name,
        scopes=wanted.scopes,
        expires_in=wanted.expires_in,
        actor=caller.actor,
    )
    return _shown_once(issued)


@router.post("/keys/{key_id}/rotate", status_code=201)
def rotate_key(
    key_id: str, services: ServicesHere, caller: Admin, wanted: Annotated[RotationRequest | None, Body()] = None
) -> NewKeyView:
    """Make a key with the same name, scopes and end; the old one opens for a while longer. A key may rotate itself."""
    issued = issuing.rotate_key(
        services.database,
        key_id,
        workspace_id=caller.workspace_id,
        overlap_seconds=(wanted or RotationRequest()).overlap_seconds,
        actor=caller.actor,
    )
    return _shown_once(issued)


@router.delete("/keys/{key_id}", status_code=204)
def delete_key(key_id: str, services: ServicesHere, caller: Admin) -> None:
    """Revoke a key, at once; a key may revoke itself."""
    issuing.revoke_key(services.database, key_id, workspace_id=caller.workspace_id, actor=caller.actor)


def _shown_once(issued: issuing.IssuedKey) -> NewKeyView:
    return NewKeyView(**_view(issued.record).model_dump(), key=issued.text)


def _view(record: KeyRecord) -> KeyView:
    return KeyView(
        id=record.id,
        name=record.name,
        scopes=cast("list[Scope]", record.scopes),
        created_at=moment(record.created_at),
        expires_at=optional_moment(record.expires_at),
        last_used_at=optional_moment(record.last_used_at),
    )
