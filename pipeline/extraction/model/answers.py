"""What a model said about the parts of a document, as it is handed to who puts it together."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

GapReason = Literal[
    "answer-cut", "answer-loop", "answer-refused", "answer-invalid", "context-exceeded", "calls-used-up"
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Piece(_Model):
    """One usable answer about neighbouring parts."""

    parts: tuple[int, ...]
    """Their numbers."""
    order: tuple[int, ...]
    """Sorts pieces as their parts and rows stand in the document."""
    data: dict[str, Any]
    """What fits of the answer; numbers are `Decimal`s."""
    probabilities: dict[str, float] = {}
    """Of values by JSON Pointer, where the model tells."""


class Gap(_Model):
    """Parts that no usable answer is about, or not all of one."""

    parts: tuple[int, ...]
    reason: GapReason
    detail: str = ""


class Spent(_Model):
    """What asking cost."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(**{name: getattr(self, name) + getattr(other, name) for name in Spent.model_fields})


class Reading(_Model):
    """All that one model said about a document."""

    pieces: list[Piece]
    gaps: list[Gap]
    spent: Spent
    model: str
    prompt: str
    """Name and version of the prompt."""
