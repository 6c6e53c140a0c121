"""What a form's fields ask for, as `JobOptions`."""

import json
from typing import Any

from api.http.requests import parse_json
from pipeline.errors import InvalidRequest, InvalidSchema
from pipeline.jobs.options import JobOptions

FIELDS = ("schema", "tasks", "webhook_url", "metadata", "collection", "password", "store", "retention")


def form_options(fields: dict[str, str]) -> JobOptions:
    """The options in a form.

    Raises:
        InvalidRequest: `metadata` is no JSON object.
        InvalidSchema: `schema` begins like JSON and is none.
    """
    tasks = fields.get("tasks")
    return JobOptions(
        schema=_schema(fields.get("schema")),
        tasks=None if tasks is None else tuple(task.strip() for task in tasks.split(",")),
        webhook_url=fields.get("webhook_url"),
        metadata=_metadata(fields.get("metadata")),
        collection=fields.get("collection"),
        password=fields.get("password"),
        retention=_retention(fields.get("store"), fields.get("retention")),
    )


def _retention(store: str | None, named: str | None) -> str | None:
    if store not in (None, "none"):
        raise InvalidRequest("store is `none`, or left out", field="store")
    if store is not None and named is not None:
        raise InvalidRequest("what is not stored has no retention class", field="retention")
    if named in ("", "none", "default"):
        raise InvalidRequest("name a retention class of the workspace, or leave it out", field="retention")
    return store or named


def _schema(text: str | None) -> str | dict[str, Any] | None:
    if text is None or not text.lstrip().startswith("{"):
        return text if text is None else text.strip()
    try:
        schema: dict[str, Any] = parse_json(text.encode())
    except json.JSONDecodeError as error:
        raise InvalidSchema(f"the schema is no JSON: {error}") from error
    return schema


def _metadata(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        metadata = parse_json(text.encode())
    except json.JSONDecodeError as error:
        raise InvalidRequest(f"metadata is no JSON: {error}", field="metadata") from error
    if not isinstance(metadata, dict):
        raise InvalidRequest("metadata is not a JSON object", field="metadata")
    return metadata
