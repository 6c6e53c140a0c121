"""Conditions on documents, and whether one holds for a document.

A condition is about whole documents, never about single passages. What a document does not have compares with nothing,
so that `not` finds it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

Scalar = str | bool | Decimal
Group = Literal["collection", "document", "type", "uploaded", "fields", "metadata"]


@dataclass(frozen=True, slots=True)
class Name:
    """What is compared; `pointer` (JSON Pointer, RFC 6901) says which of the `fields` or of the `metadata`."""

    group: Group
    pointer: str = ""

    def __str__(self) -> str:
        return f"{self.group}.{self.pointer}" if self.pointer else self.group


@dataclass(frozen=True, slots=True)
class Among:
    """One of the values under the name is one of these."""

    name: Name
    values: tuple[Scalar, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Between:
    """One of the values under the name lies between the ends; dates are seconds since 1970 (UTC)."""

    name: Name
    kind: Literal["number", "date"]
    low: Decimal | None = None
    high: Decimal | None = None
    low_open: bool = False
    """Whether `low` itself lies outside."""
    high_open: bool = False

    def holds(self, value: Decimal) -> bool:
        """Whether it lies between them."""
        above = self.low is None or value > self.low or (value == self.low and not self.low_open)
        below = self.high is None or value < self.high or (value == self.high and not self.high_open)
        return above and below


@dataclass(frozen=True, slots=True)
class Every:
    """All of them hold."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of them holds."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold."""

    part: "Condition"


Condition = Among | Between | Every | Either | Not


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What conditions can ask of a document; `fields` and `metadata` hold scalars by JSON Pointer."""

    document_id: str
    collection: str | None
    media_type: str
    uploaded: float
    """Seconds since 1970 (UTC)."""
    fields: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    metadata: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def values(self, name: Name) -> Sequence[Any]:
        """What stands under the name."""
        if name.group == "fields":
            return self.fields.get(name.pointer, ())
        if name.group == "metadata":
            return self.metadata.get(name.pointer, ())
        own = {"collection": self.collection, "document": self.document_id, "type": self.media_type}
        value = own[name.group] if name.group in own else Decimal(repr(self.uploaded))
        return () if value is None else (value,)


def holds(condition: Condition, facts: Facts) -> bool:
    """Whether the condition holds for a document."""
    match condition:
        case Every(parts):
            return all(holds(part, facts) for part in parts)
        case Either(parts):
            return any(holds(part, facts) for part in parts)
        case Not(part):
            return not holds(part, facts)
        case Among(name, values):
            wanted = {comparable(value) for value in values}
            return any(comparable(value) in wanted for value in facts.values(name))
        case Between():
            ordered = [_place(value, condition) for value in facts.values(condition.name)]
            return any(place is not None and condition.holds(place) for place in ordered)


def comparable(value: object) -> tuple[str, object]:
    """Equal for equal values of one type: `1`, `1.0` and `Decimal("1.00")`, but neither `True` nor `"1"`."""
    number = number_of(value)
    return (type(value).__name__, value) if number is None else ("number", number)


def number_of(value: object) -> Decimal | None:
    """A number exactly as it is written; `None` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    exact = Decimal(str(value))
    return exact if exact.is_finite() else None


def date_of(value: object) -> Decimal | None:
    """When a text that is an ISO 8601 date or time begins, in seconds since 1970; without a zone it is UTC."""
    if not isinstance(value, str) or not 10 <= len(value) <= 40 or value[4] != "-":
        return None
    try:
        if len(value) == 10:
            day = date.fromisoformat(value)
            return Decimal(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
        time = datetime.fromisoformat(value)
        return Decimal(repr((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()))
    except (ValueError, OverflowError):
        return None


def _place(value: object, condition: Between) -> Decimal | None:
    if condition.name.group == "uploaded":
        return value if isinstance(value, Decimal) else None
    return date_of(value) if condition.kind == "date" else number_of(value)
