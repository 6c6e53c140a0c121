"""Schemas for the labelled sets, and results in the scorers' words."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from schemas import catalogue

Fields = dict[str, Any]
Pointers = dict[str, str]

INVOICE: Pointers = {
    "invoice_number": "/invoice_number", "invoice_date": "/invoice_date", "due_date": "/due_date", "total": "/total",
    "net_total": "/net_total", "tax_total": "/tax_total", "currency": "/currency", "issuer": "/seller/name",
    "buyer": "/buyer/name", "iban": "/iban", "bic": "/bic", "vat": "/seller/vat_id",
}  # fmt: skip
CONTRACT: Pointers = {
    "jurisdiction": "/governing_law", "effective_date": "/effective_date", "term": "/term", "party": "/parties/*/name",
}  # fmt: skip
RECEIPT: Pointers = {"company": "/merchant", "date": "/date", "address": "/address", "total": "/total"}
REVENUES: dict[str, Any] = {
    "type": "object",
    "properties": {
        "revenues": {
            "type": "array",
            "description": "Total revenues of the company, one row for each period shown",
            "items": {
                "type": "object",
                "properties": {
                    "value": {"type": "number", "x-sheaf-type": "money", "description": "Total revenues as printed"},
                    "unit": {"type": "string", "enum": ["none", "thousands", "millions", "billions"]},
                    "currency": {"type": "string", "x-sheaf-type": "currency"},
                    "period_end": {"type": "string", "description": "Last day, or year, of the period"},
                    "months": {"type": "integer", "description": "Length of the period in months"},
                },
            },
        }
    },
}
_TYPES: dict[str, dict[str, Any]] = {
    "date": {"type": "string", "format": "date"},
    "money": {"type": "number"},
    "currency": {"type": "string", "x-sheaf-type": "currency"},
    "id": {"type": "string", "x-sheaf-type": "id"},
    "name": {"type": "string", "x-sheaf-type": "company"},
}


def schema_named(name: str) -> dict[str, Any]:
    """A built-in schema."""
    return catalogue.load(name)


def with_keys(schema: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    """A schema with further properties: name → the scorer's kind of value."""
    more = {name: _TYPES.get(kind, {"type": "string"}) for name, kind in keys.items()}
    return {**schema, "properties": {**more, **schema["properties"]}}


def nested(kinds: Mapping[str, tuple[str, bool]]) -> dict[str, Any]:
    """A schema of dotted names, as a user would write it: name → the scorer's kind, and whether there are several."""
    root: dict[str, Any] = {"type": "object", "properties": {}}
    for name, (kind, many) in kinds.items():
        *parts, last = name.split(".")
        node = root
        for part in parts:
            node = node["properties"].setdefault(part, {"type": "object", "properties": {}})
        leaf = _TYPES.get(kind, {"type": "string"})
        if kind == "id" and "phone" in last:
            leaf = {"type": "string", "x-sheaf-type": "phone"}
        node["properties"][last] = {"type": "array", "items": leaf} if many else leaf
    return root


def at_patterns(data: Any, patterns: Mapping[str, str]) -> Fields:  # noqa: ANN401 - JSON
    """The values at pointers; a pointer with `/*` is that of a value of each row."""
    found: Fields = {}
    for name, pattern in patterns.items():
        head, star, _ = pattern.partition("/*")
        value = _at(data, head)
        found[name] = list(value or []) if star else value
    return found


def values(data: Any, names: Mapping[str, str]) -> Fields:  # noqa: ANN401 - JSON
    """The values at pointers, by the scorer's names."""
    return {name: _at(data, pointer) for name, pointer in names.items()}


def invoice_fields(data: Any, more: Iterable[str] = ()) -> Fields:  # noqa: ANN401 - JSON
    """An invoice in the scorer's words, with further properties under their own names."""
    found = {name: (data or {}).get(name) for name in more} | values(data, INVOICE)
    return found | {"line_count": len((data or {}).get("line_items") or []) or None}


def contract_fields(data: Any) -> Fields:  # noqa: ANN401 - JSON
    """A contract in the scorer's words."""
    found = values(data, {name: pointer for name, pointer in CONTRACT.items() if name != "party"})
    return found | {"party": [each.get("name") for each in (data or {}).get("parties") or [] if each.get("name")]}


def form_fields(data: Any) -> Fields:  # noqa: ANN401 - JSON
    """A form in the scorer's words."""
    pairs = (data or {}).get("pairs") or []
    return {"pairs": [{"question": each.get("key"), "answer": each.get("value")} for each in pairs]}


def plain_fields(names: Iterable[str]) -> Callable[[Any], Fields]:
    """Properties that have the scorer's names already."""
    kept = list(names)
    return lambda data: {name: (data or {}).get(name) for name in kept}


def _at(data: Any, pointer: str) -> Any:  # noqa: ANN401 - JSON
    for step in pointer[1:].split("/"):
        data = data.get(step) if isinstance(data, dict) else None
    return data
