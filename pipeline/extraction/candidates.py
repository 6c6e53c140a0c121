"""A value that something proposes for a leaf: a rule, or one of a model's answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from schemas.evidence import Evidence


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A proposed value with the places it was read from."""

    value: Any
    """As the leaf's type has it."""
    score: float
    """0 to 1: how sure whoever proposes it is, before others are heard."""
    source: str
    """Who proposes it: the rule's or the model's name."""
    places: Callable[[], Sequence[Evidence]]
    """Gives the evidence; asked only of the chosen, since placing words costs more than proposing them."""
    marks: Mapping[str, float] = field(default_factory=dict)
    """What else bears on whether it is right, by name; heard by `confidence` alone."""


def same_value(value: Any) -> object:  # noqa: ANN401 - any JSON value
    """A key that is equal for values that mean the same: `1.50` and `1.5`, "ACME  Ltd." and "Acme Ltd"."""
    if isinstance(value, bool) or value is None:
        return ("literal", value)
    if isinstance(value, int | Decimal):
        return ("number", Decimal(value).normalize())
    text = "".join(char for char in str(value).casefold() if char.isalnum())
    return ("text", text or str(value))
