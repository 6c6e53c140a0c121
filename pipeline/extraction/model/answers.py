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


class Reading(_Model):
    """All that one model said about a document."""

    pieces: list[Piece]
    gaps: list[Gap]
    model: str
    prompt: str
    """Name and version of the prompt."""
