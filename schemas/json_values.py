"""Types of request bodies that take what the API's description says and no more.

Pydantic by itself takes `"yes"` and 1 for `true`, `false` for 0, and a number for a time, in seconds since 1970.
"""

import re
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, StrictBool, StrictFloat

# RFC 3339, section 5.6; Python alone also takes days, weeks and times without a zone.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _whole(value: object) -> object:
    """JSON Schema counts 10.0 among the integers (draft 2020-12, validation, section 6.1.1); `true` is none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _moment(value: object) -> object:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("a time is written as in RFC 3339: 2026-03-12T09:30:00Z")
    return value


Flag = StrictBool
"""`true` or `false`."""

Number = StrictFloat
"""Any number."""

WHOLE = BeforeValidator(_whole)
"""Stands behind a `StrictInt` and its bounds: they must be next to each other to be described."""

Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""A date with a time and a zone, as a text."""
