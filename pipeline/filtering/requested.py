"""A request's filters to one condition."""

from collections.abc import Mapping
from typing import Any

from pipeline.errors import InvalidFilter
from pipeline.filtering.comparisons import encodable
from pipeline.filtering.conditions import Among, Condition, Every, Name, Scalar, number_of
from pipeline.filtering.parse import parse
from schemas.answers import Filters


def condition_of(filters: Filters | None) -> Condition | None:
    """All that is asked for, together; `None` where nothing is.

    Raises:
        InvalidFilter: something is asked for that no document could be asked.
    """
    if filters is None:
        return None
    parts: list[Condition] = []
    if filters.collection is not None:
        parts.append(Among(Name("collection"), (encodable(filters.collection),)))
    if filters.document_ids is not None:
        parts.append(Among(Name("document"), tuple(map(encodable, filters.document_ids))))
    if filters.media_types is not None:
        parts.append(Among(Name("type"), tuple(map(encodable, filters.media_types))))
    parts.extend(_fields(filters.fields or {}))
    if filters.where is not None:
        parts.append(parse(encodable(filters.where)))
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Every(tuple(parts))


def _fields(fields: Mapping[str, Any]) -> list[Condition]:
    return [Among(Name("fields", encodable(pointer)), (_scalar(pointer, value),)) for pointer, value in fields.items()]


def _scalar(pointer: str, value: object) -> Scalar:
    number = number_of(value)
    if number is not None:
        return number
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, bool):
        return value
    raise InvalidFilter(f"the field {pointer[:80]} is compared with something that is no text, number or boolean")
