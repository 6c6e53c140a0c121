"""Routes about JSON Schemas: the built-in catalogue and the user's own, with versions."""

from typing import Annotated, Any

from fastapi import Body, Query, Response

from api.http.access import Admin, Reader, ServicesHere
from api.http.routing import make_router
from pipeline.jobs import schemas as service
from schemas.lists import Listing
from schemas.registry import SchemaSummary, SchemaView

router = make_router("schemas")


@router.get("/schemas")
def list_schemas(services: ServicesHere, caller: Reader) -> Listing[SchemaSummary]:
    """Every schema's newest version, the built-in ones first."""
    found = service.list_schemas(services, workspace_id=caller.workspace_id)
    return Listing(items=[_summary(schema) for schema in found])


@router.get("/schemas/{name}")
def get_schema(
    name: str, services: ServicesHere, caller: Reader, version: Annotated[int | None, Query(ge=1)] = None
) -> SchemaView:
    """One schema, whole: that version, or the newest."""
    return _view(service.find_schema(services, name, version, workspace_id=caller.workspace_id))


@router.put("/schemas/{name}", responses={201: {"model": SchemaView, "description": "A new version."}})
def put_schema(
    name: str,
    schema: Annotated[dict[str, Any], Body(description="A JSON Schema (draft 2020-12).")],
    response: Response,
    services: ServicesHere,
    caller: Admin,
) -> SchemaView:
    """Store a schema as a new version of its name; the same content again is the same version."""
    stored, created = service.publish(services, name, schema, workspace_id=caller.workspace_id, actor=caller.actor)
    response.status_code = 201 if created else 200
    return _view(stored)


def _summary(schema: service.ResolvedSchema) -> SchemaSummary:
    return SchemaSummary(**_described(schema))


def _view(schema: service.ResolvedSchema) -> SchemaView:
    return SchemaView(**_described(schema), schema_=schema.body)


def _described(schema: service.ResolvedSchema) -> dict[str, Any]:
    title, description = schema.body.get("title"), schema.body.get("description")
    return {
        "name": schema.name,
        "version": schema.version,
        "built_in": schema.built_in,
        "title": title if isinstance(title, str) else None,
        "description": description if isinstance(description, str) else None,
    }
