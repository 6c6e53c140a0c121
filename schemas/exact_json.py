"""JSON whose numbers keep the digits they were written with.

`1234.50` is read as `Decimal("1234.50")` and written as `1234.50`; no number with a point passes through a float.
"""

import json
from decimal import Decimal
from typing import Any

import orjson
from pydantic import BaseModel


def dumps(value: Any, *, indent: bool = False) -> bytes:  # noqa: ANN401 - any JSON value, or models inside one
    """JSON text; pydantic models are written as their fields, decimals as numbers with their own digits."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2 if indent else 0)


def loads(text: bytes | str) -> Any:  # noqa: ANN401 - any JSON value
    """The value of a JSON text; numbers with a point or an exponent are decimals.

    Raises:
        ValueError: the text is no JSON, or holds NaN or Infinity, which JSON does not know.
    """
    return json.loads(text, parse_float=Decimal, parse_constant=_refuse)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError("JSON has no NaN and no Infinity")
        return orjson.Fragment(format(value, "f").encode())
    if isinstance(value, BaseModel):
        return {field.alias or name: getattr(value, name) for name, field in type(value).model_fields.items()}
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _refuse(name: str) -> None:
    raise ValueError(f"JSON has no {name}")
