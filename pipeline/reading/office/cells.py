"""The value of a cell as text, near to how the spreadsheet shows it."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

_DIGITS = re.compile(r"[0#?][0#?,]*(?:\.(0+))?")
_LITERAL = re.compile(r'"([^"]*)"|\[\$([^\]-]*)[^\]]*\]|\\(.)|([€$£¥₹₽₩])')
_PLAIN = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_CURRENCY = re.compile(r"[€$£¥₹₽₩]|[A-Z]{3}|kr\.?|zł|Kč|Ft|lei|R\$|Fr\.?")
DIGITS = 15
"""Significant digits that a spreadsheet keeps."""
FORMAT_CHARACTERS = 255
"""Longer formats are no spreadsheet's."""


def cell_text(value: Any, number_format: str | None) -> str:  # noqa: ANN401 - whatever a cell holds
    """Dates as ISO 8601, truth values as spreadsheets write them, numbers with the decimals and currency shown."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float | Decimal):
        return number_text(value, number_format or "General")
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return value.date().isoformat() if midnight else value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="seconds")
    return str(value) if not isinstance(value, timedelta) else _duration(value)


def number_text(value: float | Decimal, number_format: str) -> str:
    """A number with a point for its decimals and without grouping; never with fewer decimals than it has.

    `number_format` is that of the cell (ECMA-376 part 1, section 18.8.31); of its sections the first counts.
    """
    exact = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.{DIGITS}g}")
    if not exact.is_finite():
        return str(value)
    form = _form(number_format[:FORMAT_CHARACTERS])
    if form.percent:
        exact *= 100
    sign, text = "-" if exact < 0 else "", _with_decimals(abs(exact), form.decimals) + ("%" if form.percent else "")
    if not form.currency:
        return sign + text
    gap = " " if form.currency.isalpha() or not form.in_front else ""
    return f"{sign}{form.currency}{gap}{text}" if form.in_front else f"{sign}{text}{gap}{form.currency}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Form:
    decimals: int
    percent: bool
    currency: str
    in_front: bool


@lru_cache(maxsize=1_000)
def _form(number_format: str) -> _Form:
    shown = number_format.split(";", maxsplit=1)[0]
    code = _PLAIN.sub(lambda found: " " * len(found[0]), shown)
    digits = _DIGITS.search(code)
    scientific = "E" in code.upper().replace("GENERAL", "")
    start = digits.start() if digits else len(shown)
    for found in _LITERAL.finditer(shown):
        name = next((group for group in found.groups() if group is not None), "").strip()
        if _CURRENCY.fullmatch(name):
            currency, in_front = name, found.start() < start
            break
    else:
        currency, in_front = "", False
    decimals = len(digits[1] or "") if digits and not scientific else 0
    return _Form(decimals=decimals, percent="%" in code, currency=currency, in_front=in_front)


def _with_decimals(exact: Decimal, decimals: int) -> str:
    """With that many decimals, or with all it has where those are more."""
    plain = f"{exact.normalize():f}"
    whole, _, fraction = plain.partition(".")
    fraction = fraction.ljust(decimals, "0")
    return f"{whole}.{fraction}" if fraction else whole


def _duration(value: timedelta) -> str:
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
