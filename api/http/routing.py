"""How routers are made: strict bodies, and the one description of errors."""

from typing import Any

from fastapi import APIRouter

from api.http.problems import MEDIA_TYPE
from api.http.requests import BoundedRoute

PROBLEM: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Anything else is a problem document (RFC 9457); docs/problems.md lists all types.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def make_router(noun: str) -> APIRouter:
    """A router for the routes of one noun, below `/v1`."""
    return APIRouter(prefix="/v1", tags=[noun], route_class=BoundedRoute, responses=PROBLEM)
