"""The port `ChatModel`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol

from pipeline.models.tokens import Tokens

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "refusal"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImagePart:
    """A bitmap we encoded ourselves; never a user's file."""

    data: bytes
    media_type: Literal["image/jpeg", "image/png"]
    width: int
    height: int
    """In pixels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioPart:
    """Sound we encoded ourselves, for models that declare `Capabilities.audio`."""

    data: bytes
    format: Literal["wav", "mp3"]
    seconds: float


Part = str | ImagePart | AudioPart


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A turn: texts, images and sound in order."""

    role: Role
    parts: Sequence[Part]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatRequest:
    """What is asked of the model."""

    messages: Sequence[Message]
    max_tokens: int
    json_schema: dict[str, Any] | None = None
    """The answer is to be JSON that validates against it; the caller validates all the same."""
    temperature: float = 0.0
    timeout_seconds: float = 120.0
    """For the whole answer."""
    scores: bool = False
    """Whether the answer's tokens are wanted with their log-probabilities, where the model can give them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenScore:
    """A token of the answer; the tokens' bytes behind one another are the answer's text in UTF-8."""

    data: bytes
    logprob: float
    """Natural logarithm; 0.0 for a token that a grammar forced."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatAnswer:
    """What the model said. `finish_reason` is `length` when the answer was cut."""

    text: str
    finish_reason: FinishReason
    input_tokens: int
    """Of the prompt, images included, as the model charged them."""
    output_tokens: int
    model: str
    cached_tokens: int = 0
    """How many of the input tokens were found in the server's prefix cache."""
    scores: Sequence[TokenScore] | None = None
    seconds: float = 0.0
    cost: Decimal = Decimal(0)
    """Both are put on the answer by `pipeline.models.spending`; an adapter leaves them."""
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities:
    """What a model takes and gives."""

    context_tokens: int
    """Prompt and answer together."""
    images: int
    """Images in one request at most; 0 for a model that sees none."""
    audio: bool = False
    json_schema: bool = True
    """Whether the server holds answers to a schema. They are validated here either way."""
    scores: bool = False
    parallel: int = 4
    """Requests that are worth sending at once."""


class ChatModel(Protocol):
    """A model that answers messages. Thread-safe."""

    @property
    def name(self) -> str:
        """Names model and adapter in results."""

    @property
    def capabilities(self) -> Capabilities:
        """What it takes and gives, as configured or as the server says.

        Raises:
            ModelUnavailable: it is not configured, and the server that is to be asked cannot be reached.
        """

    @property
    def tokens(self) -> Tokens:
        """Counts tokens before anything is sent."""

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Prompt tokens that the model will charge; asked of the server where it tells, else counted by `tokens`.

        Raises:
            ModelUnavailable: the server that is to be asked cannot be reached.
        """

    def stream(self, request: ChatRequest, stopped: Callable[[], bool] = lambda: False) -> Iterator[str | ChatAnswer]:
        """Answer piece by piece: texts that behind one another are the answer's text, and last the `ChatAnswer`.

        Closing the iterator ends the request at the server. `stopped` is asked about once a second, also while nothing
        arrives; what it raises is passed on.

        Raises:
            ModelUnavailable: the server cannot be reached, answered 500 or 503, or broke off; may be tried again.
            ModelTimeout: no whole answer within `timeout_seconds`.
            ModelRejected: the server refused the request as such (400, 401, 404, 422); trying again does not help.
            ContextExceeded: prompt and answer do not fit the context.
            JobCancelled: `stopped` returned true.
        """

    def close(self) -> None:
        """Let go of connections and memory; nothing is asked afterwards."""


def complete(model: ChatModel, request: ChatRequest, stopped: Callable[[], bool] = lambda: False) -> ChatAnswer:
    """The whole answer at once; raises what `ChatModel.stream` raises."""
    for piece in model.stream(request, stopped):
        if isinstance(piece, ChatAnswer):
            return piece
    raise AssertionError("an answer's stream ends with the whole answer")


def count_tokens(tokens: Tokens, messages: Sequence[Message]) -> int:
    """Prompt tokens of messages, counted without a server."""
    turns = (tokens.turn + sum(_part_tokens(tokens, part) for part in message.parts) for message in messages)
    return tokens.prompt + sum(turns)


def _part_tokens(tokens: Tokens, part: Part) -> int:
    if isinstance(part, str):
        return tokens.text(part)
    if isinstance(part, ImagePart):
        return tokens.image(part.width, part.height)
    return round(part.seconds * tokens.audio_per_second)
