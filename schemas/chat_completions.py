"""The part of OpenAI's Chat Completions that answering from documents needs, so that existing clients work unchanged.

Fields that clients send and that mean nothing here (temperature, tools, …) are ignored, as other servers do.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from schemas.answers import Citation
from schemas.documents import Notice
from schemas.json_values import WHOLE, Flag

LONGEST = 20_000
"""Characters of a message; a question is cut to what `/v1/answers` takes."""


class _Given(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TextPart(_Given):
    """A part of a message."""

    type: Literal["text"]
    text: str = Field(max_length=LONGEST)


class ChatMessage(_Given):
    """One turn. Only what users say counts: the earlier ones tell what a follow-up is about."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """All its texts."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(_Given):
    """What a stream has besides."""

    include_usage: Flag = False


class ChatCompletionRequest(_Given):
    """`POST /v1/chat/completions`."""

    model: str = Field(min_length=1, max_length=200)
    """`sheaf` for all documents, `sheaf/COLLECTION` for those of one collection."""
    messages: list[ChatMessage] = Field(min_length=1, max_length=1_000)
    stream: Flag = False
    stream_options: StreamOptions | None = None
    n: Annotated[StrictInt, Field(ge=1, le=1), WHOLE] | None = None


class UrlCitation(_Model):
    """Where a mark in the text points to."""

    start_index: int
    """Of the mark's first character in the text."""
    end_index: int
    """One past its last."""
    title: str
    url: str


class Annotation(_Model):
    """A citation in the text."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class CompletionMessage(_Model):
    """What is answered."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation] = []


class CompletionChoice(_Model):
    """The one answer."""

    index: int = 0
    message: CompletionMessage
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class CompletionUsage(_Model):
    """Tokens of the chat model behind the answer; 0 without one."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class Grounds(_Model):
    """What an answer rests on, beyond what OpenAI's form can say; the n-th citation belongs to the mark `[n]`."""

    answered: bool
    citations: list[Citation]
    understood_as: str | None
    warnings: list[Notice]


class ChatCompletion(_Model):
    """An answer from the documents."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    """Seconds since 1970, UTC."""
    model: str
    choices: list[CompletionChoice]
    usage: CompletionUsage
    sheaf: Grounds


class ChatCompletionChunk(_Model):
    """A piece of a streamed answer; the last one with choices has the annotations and `sheaf`."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: CompletionUsage | None = None
    sheaf: Grounds | None = None


class ModelCard(_Model):
    """What can be asked."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "sheaf"


class ModelCards(_Model):
    """`GET /v1/models`."""

    object: Literal["list"] = "list"
    data: list[ModelCard]
