"""What is stored beside a point's vectors, the same in every vector store, so that filters mean the same.

Extracted fields become one list of keywords, `pointer=value`: one index serves them all, whatever a schema calls its
fields and however their names would have to be quoted.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from pipeline.stores.vectors import Point, VectorFilter

WORKSPACE = "workspace_id"
DOCUMENT = "document_id"
COLLECTION = "collection"
MEDIA_TYPE = "media_type"
FIELDS = "fields"
KEYWORDS = (WORKSPACE, DOCUMENT, COLLECTION, MEDIA_TYPE, FIELDS)
"""All of them are indexed."""
MAX_KEYWORD = 256
"""Characters; of a longer one the rest is hashed."""

Conditions = list[tuple[str, list[str]]]


def payload(point: Point) -> dict[str, Any]:
    """A point's payload."""
    return {
        WORKSPACE: point.workspace_id,
        DOCUMENT: point.document_id,
        COLLECTION: point.collection,
        MEDIA_TYPE: point.media_type,
        FIELDS: field_keywords(point.fields),
    }


def field_keywords(fields: Mapping[str, Any]) -> list[str]:
    """One keyword a field: `/total=12.5`, `/number="A-7"`. Numbers that are equal have equal keywords."""
    return [_cut(f"{pointer}={_canonical(value)}") for pointer, value in sorted(fields.items())]


def of_document(workspace_id: str, document_id: str | None = None) -> Conditions:
    """All points of a workspace, or of one document in it."""
    conditions = [(WORKSPACE, [workspace_id])]
    return conditions if document_id is None else [*conditions, (DOCUMENT, [document_id])]


def conditions(where: VectorFilter) -> Conditions:
    """Pairs of a key and the values of which it must hold one; all pairs must hold."""
    found = of_document(where.workspace_id)
    if where.collection is not None:
        found.append((COLLECTION, [where.collection]))
    if where.document_ids is not None:
        found.append((DOCUMENT, list(where.document_ids)))
    if where.media_types is not None:
        found.append((MEDIA_TYPE, list(where.media_types)))
    found.extend((FIELDS, [keyword]) for keyword in field_keywords(where.fields or {}))
    return found


def _canonical(value: Any) -> str:  # noqa: ANN401 - any JSON scalar
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return str(Decimal(str(value)).normalize() + 0)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _cut(keyword: str) -> str:
    if len(keyword) <= MAX_KEYWORD:
        return keyword
    digest = blake2b(keyword.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{keyword[: MAX_KEYWORD - len(digest) - 1]}#{digest}"
