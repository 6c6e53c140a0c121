"""Nested JSON to what conditions can ask for: values by JSON Pointer."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

MOST_VALUES = 500
"""Of one document; further ones cannot be asked for."""
LONGEST = 500
"""Characters of a text that can be asked for."""


def of_extraction(fields: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Extracted values: rows of tables are left out, values of a plain list stand together under the list's pointer."""
    return _gathered((pointer, field.get("value")) for pointer, field in fields.items())


def of_metadata(metadata: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What the owner said of a document."""
    return _gathered(_leaves("", metadata))


def _gathered(leaves: Iterator[tuple[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    left = MOST_VALUES
    for pointer, value in leaves:
        where = _without_index(pointer)
        if left == 0:
            break
        if where is None or not _is_asked_for(value):
            continue
        found.setdefault(where, []).append(value)
        left -= 1
    return found


def _without_index(pointer: str) -> str | None:
    """`/tags/0` is a value of `/tags`; what lies within a row belongs to no field of the document."""
    parts = pointer.split("/")
    if parts[-1].isdigit():
        parts.pop()
    return None if any(part.isdigit() for part in parts) else "/".join(parts)


def _is_asked_for(value: object) -> bool:
    return isinstance(value, bool | int | float | Decimal) or (isinstance(value, str) and len(value) <= LONGEST)


def _leaves(pointer: str, value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}", inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(f"{pointer}/{number}", inner)
    else:
        yield pointer, value
