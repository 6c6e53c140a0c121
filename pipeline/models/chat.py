"""The port `ChatModel`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImagePart:
    """A bitmap we encoded ourselves; never a user's file."""

    data: bytes
    media_type: Literal["image/jpeg", "image/png"]
    width: int
    height: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A turn: texts and images in order."""

    role: Role
    parts: Sequence[str | ImagePart]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatRequest:
    """What is asked of the model."""

    messages: Sequence[Message]
    max_tokens: int
    json_schema: dict[str, Any] | None = None
    """The answer must be JSON that validates against it; the caller validates all the same."""
    temperature: float = 0.0
    timeout_seconds: float = 120.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatAnswer:
    """What the model said. `finish_reason` is `length` when the answer was cut."""

    text: str
    finish_reason: Literal["stop", "length", "refusal"]
    input_tokens: int
    output_tokens: int
    model: str
    metadata: dict[str, str] = field(default_factory=dict)


class ChatModel(Protocol):
    """A model that answers messages. Thread-safe."""

    @property
    def name(self) -> str:
        """Names model and adapter in results."""

    @property
    def context_tokens(self) -> int:
        """Prompt and answer together."""

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Prompt tokens that the model will charge for the messages."""

    def complete(self, request: ChatRequest) -> ChatAnswer:
        """Answer the request.

        Raises:
            ModelUnavailable: the server cannot be reached or answered 503; may be tried again.
            ModelTimeout: no answer within `timeout_seconds`.
            ModelRejected: the server refused the request as such (400, 401, 404, 422); trying again does not help.
        """
