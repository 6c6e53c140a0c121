"""The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07), quoted or not."""

import re
from typing import Annotated

from fastapi import Depends, Header

from pipeline.errors import InvalidRequest

MAX_LENGTH = 255

_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')


def parse_key(value: str | None) -> str | None:
    """The key that the header holds.

    Raises:
        InvalidRequest: it is empty, too long, or not printable ASCII.
    """
    if value is None:
        return None
    quoted = _QUOTED.fullmatch(value.strip())
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else value.strip()
    if not 0 < len(key) <= MAX_LENGTH or not (key.isascii() and key.isprintable()):
        message = f"Idempotency-Key is 1 to {MAX_LENGTH} printable ASCII characters"
        raise InvalidRequest(message, field="Idempotency-Key")
    return key


async def idempotency_key(
    value: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Send the same key to repeat a request without doubling it: printable ASCII, quoted or not.",
            min_length=1,
            json_schema_extra={"pattern": "^[!-~]([ -~]*[!-~])?$"},
        ),
    ] = None,
) -> str | None:
    """The request's key."""
    return parse_key(value)


IdempotencyKey = Annotated[str | None, Depends(idempotency_key)]
