"""Regular expressions of users, compiled by RE2 only: linear time, bounded memory, no look-around."""

from functools import lru_cache
from typing import Any

import re2

MAX_LENGTH = 512
MAX_MEMORY = 1 << 20
"""Bytes RE2 may use for one compiled expression; what needs more is refused."""


class PatternError(ValueError):
    """RE2 does not take the expression; the message says why."""


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Any:  # noqa: ANN401 - re2 has no types
    """The compiled expression.

    Raises:
        PatternError: it is too long, too large when compiled, or not of RE2's syntax.
    """
    if len(pattern) > MAX_LENGTH:
        raise PatternError(f"longer than {MAX_LENGTH} characters")
    options = re2.Options()
    options.max_mem = MAX_MEMORY
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "not valid"
        raise PatternError(reason.decode() if isinstance(reason, bytes) else str(reason)) from error


def matches(pattern: str, text: str) -> bool:
    """Whether the expression is found anywhere in the text, as JSON Schema's `pattern` asks."""
    return compile_pattern(pattern).search(text) is not None
