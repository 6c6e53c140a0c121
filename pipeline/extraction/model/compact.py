"""A user's JSON Schema as one that grammars of model servers can hold an answer to.

Only what every engine knows is left: closed objects whose properties are all required, arrays, scalars that may be
`null`, and bounds. Patterns, formats and unions hold when the data is validated against the user's own schema.
"""

from collections.abc import Mapping
from typing import Any

from pipeline.extraction.leaves import Array, Leaf, Node, Object

MAX_TEXT = 1_500
"""Characters of one text. llama.cpp's grammars refuse repetitions of more than 2,000."""
MAX_ITEMS = 500
"""Rows of one answer's array; further ones are asked for in a request of their own."""
MAX_HINT = 300
_WAYS = {
    "date": "as YYYY-MM-DD",
    "date-time": "as YYYY-MM-DDThh:mm:ss with offset",
    "time": "as hh:mm:ss",
    "duration": "as an ISO 8601 duration",
    "currency": "as an ISO 4217 code",
    "money": "a number with the document's decimals, without currency",
    "percent": "a number without the sign",
    "iban": "without spaces",
    "phone": "as printed",
    "company": "name of a company",
    "person": "name of a person",
}
"""What a hint of ours or a format asks for, in words."""

Json = dict[str, Any]


def compact_schema(tree: Object) -> Json:
    """The schema to send; equal trees give equal text, so that servers find it in their caches.

    Objects without any leaf are left out. The tree has references, `allOf` and unions worked in already.
    """
    schema = _object(tree)
    return schema if schema is not None else {**_closed({}), "description": "nothing is asked for"}


def _node(node: Node) -> Json | None:
    if isinstance(node, Leaf):
        return _leaf(node)
    if isinstance(node, Array):
        item = _node(node.item)
        return None if item is None else {"type": "array", "items": item, "maxItems": most_items(node)} | _hint(node)
    assert isinstance(node, Object)
    return _object(node)


def _object(node: Object) -> Json | None:
    properties = {name: schema for name, child in node.children.items() if (schema := _node(child)) is not None}
    return _closed(properties) | _hint(node) if properties else None


def _closed(properties: Mapping[str, Json]) -> Json:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _leaf(node: Leaf) -> Json:
    if node.members is not None:
        return {"enum": [*node.members, None]} | _hint(node)
    bound = {"maxLength": longest_text(node)} if node.type == "string" else {}
    return {"type": [node.type, "null"]} | bound | _hint(node)


def longest_text(node: Leaf) -> int:
    """Characters that an answer may have here."""
    return int(min(node.schema.get("maxLength", MAX_TEXT), MAX_TEXT))


def most_items(node: Array) -> int:
    """Rows that one answer may have here."""
    return int(min(node.schema.get("maxItems", MAX_ITEMS), MAX_ITEMS))


def _hint(node: Node) -> Json:
    """What the value means, in words: description, how to write it, and what it is called on documents."""
    kind = (node.schema.get("x-sheaf-type"), node.schema.get("format"))
    ways = [_WAYS[name] for name in kind if isinstance(name, str) and name in _WAYS]
    labels = f"printed as: {', '.join(node.texts)}" if node.texts else ""
    said = "; ".join(part for part in (node.described.strip(), *ways[:1], labels) if part)
    return {"description": said[:MAX_HINT]} if said else {}
