"""What a comparison of a filter means: its values, and which of them a name can be compared with."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from pipeline.errors import InvalidFilter
from pipeline.filtering.conditions import Among, Between, Condition, Either, Name, Scalar
from pipeline.filtering.tokens import Token

MOST_DIGITS = 40
TEXTS = ("collection", "document", "type")
"""These hold texts only."""


@dataclass(frozen=True, slots=True)
class Time:
    """A stretch of time that a date stands for, in seconds since 1970; `end` lies outside, an instant has none."""

    start: Decimal
    end: Decimal | None


def text_of(token: Token) -> str:
    """A text without its quotes."""
    if token.text.startswith("'"):
        return encodable(token.text[1:-1], at=token.at)
    try:
        text = str(json.loads(token.text, strict=False))
    except ValueError as error:
        raise InvalidFilter("a text has an escape that JSON does not have", at=token.at) from error
    return encodable(text, at=token.at)


def encodable(text: str, **facts: int) -> str:
    r"""The text itself, where it has UTF-8: stores take no half of a surrogate pair, such as `"\ud800"`."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidFilter("a text has half of a surrogate pair, which is no character", **facts) from error
    return text


def number(token: Token) -> Decimal:
    """A number with all its digits."""
    if len(token.text) > MOST_DIGITS:
        raise InvalidFilter(f"a number is longer than {MOST_DIGITS} characters", at=token.at, limit=MOST_DIGITS)
    return Decimal(token.text)


def time(token: Token) -> Time:
    """The day, or the instant."""
    try:
        if "T" not in token.text:
            day = date.fromisoformat(token.text)
            start = datetime(day.year, day.month, day.day, tzinfo=UTC)
            return Time(Decimal(start.timestamp()), Decimal((start + timedelta(days=1)).timestamp()))
        at = datetime.fromisoformat(token.text)
        return Time(Decimal(repr((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())), None)
    except (ValueError, OverflowError) as error:
        raise InvalidFilter(f"{token.text} is no date", at=token.at) from error


def equal(name: Name, values: list[Scalar | Time], at: int) -> Condition:
    """One of the values stands under the name; `at` is where that is said."""
    times = [value for value in values if isinstance(value, Time)]
    others = tuple(value for value in values if not isinstance(value, Time))
    if name.group in TEXTS and (times or not all(isinstance(value, str) for value in others)):
        raise InvalidFilter(f"{name} is a text: write the value in quotes", at=at)
    if name.group == "uploaded" and others:
        raise InvalidFilter("uploaded is a time: write a date such as 2024-03-31, without quotes", at=at)
    parts: list[Condition] = [Among(name, others)] if others else []
    for each in times:
        whole = Between(name=name, kind="date", low=each.start, high=each.end or each.start)
        parts.append(replace(whole, high_open=each.end is not None))
    return parts[0] if len(parts) == 1 else Either(tuple(parts))


def ordered(name: Name, operator: str, value: Scalar | Time, at: int) -> Condition:
    """What stands under the name comes before or after the value."""
    if name.group in TEXTS:
        raise InvalidFilter(f"{name} is a text, which has no order: compare it with = != in", at=at)
    if isinstance(value, Time):
        return _in_time(name, operator, value)
    if name.group == "uploaded":
        raise InvalidFilter("uploaded is a time: write a date such as 2024-03-31, without quotes", at=at)
    if not isinstance(value, Decimal):
        raise InvalidFilter("only numbers and dates have an order; write a date without quotes", at=at)
    opened = "=" not in operator
    if operator.startswith("<"):
        return Between(name=name, kind="number", high=value, high_open=opened)
    return Between(name=name, kind="number", low=value, low_open=opened)


def _in_time(name: Name, operator: str, value: Time) -> Between:
    asked = Between(name=name, kind="date")
    if operator == "<":
        return replace(asked, high=value.start, high_open=True)
    if operator == ">=":
        return replace(asked, low=value.start)
    after = value.start if value.end is None else value.end
    if operator == "<=":
        return replace(asked, high=after, high_open=value.end is not None)
    return replace(asked, low=after, low_open=value.end is None)
