"""Cursors of lists: where the next page begins, opaque to clients."""

import base64
import binascii
from typing import Annotated, Any

import orjson
from fastapi import Query

from pipeline.errors import InvalidRequest

MAX_LIMIT = 200

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at most.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")]


def encode(*place: float | str) -> str:
    """A cursor that stands behind the item at `place`."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def decode_time_and_id(cursor: str | None) -> tuple[float, str] | None:
    """The time and id of the last item seen.

    Raises:
        InvalidRequest: this is no cursor of ours.
    """
    if cursor is None:
        return None
    match _decode(cursor):
        case [float(time), str(id)]:
            return time, id
        case _:
            raise _invalid()


def decode_number(cursor: str | None) -> int:
    """The number of the last item seen; 0 without a cursor.

    Raises:
        InvalidRequest: this is no cursor of ours.
    """
    if cursor is None:
        return 0
    match _decode(cursor):
        case [int(number)] if 0 <= number < 2**31 and not isinstance(number, bool):
            return number
        case _:
            raise _invalid()


def _decode(cursor: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise _invalid() from error


def _invalid() -> InvalidRequest:
    return InvalidRequest("the cursor is not one that this list gave out", field="cursor")
