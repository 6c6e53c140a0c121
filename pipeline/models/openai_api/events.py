"""The events of a streamed answer, and what becomes of them."""

import json
import math
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from pipeline.errors import ModelUnavailable
from pipeline.models.chat import ChatAnswer, FinishReason, TokenScore
from pipeline.models.tokens import Tokens

FINISH_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "refusal",
    "refusal": "refusal",
}
"""What servers call the end of an answer; after any other word (`abort`, `error`, `tool_calls`) there is none."""
MOST_TOKENS = 1_000_000_000
"""More than any request can cost: what a server tells beyond it is no count."""


def _writable(value: object) -> object:
    """Text without halves of surrogate pairs, which JSON can spell and UTF-8 cannot."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


def _none_if_wrong(value: object, validated: ValidatorFunctionWrapHandler) -> object:
    """An answer is not lost over its price tag."""
    try:
        return validated(value)
    except ValidationError:
        return None


_Text = Annotated[str, BeforeValidator(_writable)]
_Count = Annotated[int, Field(ge=0, le=MOST_TOKENS)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Score(_Model):
    token: _Text
    logprob: float
    values: list[Annotated[int, Field(ge=0, le=255)]] | None = Field(default=None, alias="bytes")

    @property
    def data(self) -> bytes:
        return self.token.encode(errors="replace") if self.values is None else bytes(self.values)


class _Scores(_Model):
    content: list[_Score] | None = None


class _Delta(_Model):
    content: _Text | None = None
    refusal: _Text | None = None


class _Choice(_Model):
    delta: _Delta | None = None
    finish_reason: _Text | None = None
    logprobs: _Scores | None = None


class _CachedTokens(_Model):
    cached_tokens: _Count | None = None


class _Usage(_Model):
    prompt_tokens: _Count
    completion_tokens: _Count = 0
    prompt_tokens_details: _CachedTokens | None = None


class _Event(_Model):
    model: _Text | None = None
    choices: list[_Choice] = []
    usage: Annotated[_Usage | None, WrapValidator(_none_if_wrong)] = None


class Assembly:
    """Puts an answer together from its events."""

    def __init__(self, *, scores: bool, max_tokens: int) -> None:
        self._max_tokens = max_tokens
        self._texts: list[str] = []
        self._scores: list[TokenScore] | None = [] if scores else None
        self._finish: str | None = None
        self._usage: _Usage | None = None
        self._model = ""
        self._refused = False

    def add(self, data: object) -> str:
        """Take one event in.

        Returns:
            The text that it brings, often none.

        Raises:
            ModelUnavailable: it is no event of a chat completion.
        """
        try:
            event = _Event.model_validate(data)
        except ValidationError as error:
            raise ModelUnavailable(f"the answer holds a malformed event ({error.errors()[0]['msg']})") from error
        self._usage = event.usage or self._usage
        self._model = event.model or self._model
        return self._choice(event.choices[0]) if event.choices else ""

    def _choice(self, choice: _Choice) -> str:
        self._finish = choice.finish_reason or self._finish
        if self._scores is not None and choice.logprobs is not None:
            for score in choice.logprobs.content or ():
                self._scores.append(TokenScore(data=score.data, logprob=_probable(score.logprob)))
        delta = choice.delta or _Delta()
        self._refused = self._refused or bool(delta.refusal)
        text = (delta.content or "") + (delta.refusal or "")
        if text:
            self._texts.append(text)
        return text

    def answer(self, *, model: str, server: str, prompt_tokens: int, tokens: Tokens) -> ChatAnswer:
        """The whole answer; where the server told no usage, `prompt_tokens` and `tokens` stand in.

        Raises:
            ModelUnavailable: the stream ended before the answer did.
        """
        text = "".join(self._texts)
        written = min(tokens.text(text), self._max_tokens)
        usage = self._usage or _Usage(prompt_tokens=prompt_tokens, completion_tokens=written)
        details = usage.prompt_tokens_details
        metadata = {"server": server, "usage": "told" if self._usage else "estimated"}
        if self._model and self._model != model:
            metadata["model"] = self._model
        return ChatAnswer(
            text=text,
            finish_reason=self._finish_reason(),
            input_tokens=usage.prompt_tokens,
            output_tokens=usage.completion_tokens,
            model=model,
            cached_tokens=(details.cached_tokens or 0) if details else 0,
            scores=_aligned(self._scores, text.encode(errors="replace")),
            metadata=metadata,
        )

    def _finish_reason(self) -> FinishReason:
        if self._finish is None:
            raise ModelUnavailable("the answer broke off")
        if self._refused:
            return "refusal"
        found = FINISH_REASONS.get(self._finish)
        if found is None:
            raise ModelUnavailable(f"the answer ended with {json.dumps(self._finish[:40])}")
        return found


def _probable(logprob: float) -> float:
    """No probability is above 1, and what is no number vouches for nothing."""
    return -math.inf if math.isnan(logprob) else min(0.0, logprob)


def _aligned(scores: list[TokenScore] | None, text: bytes) -> list[TokenScore] | None:
    """The scores of the text's tokens; `None` where they do not add up to the text.

    The token that ends the answer is scored too and is no part of the text.
    """
    if not scores:
        return None
    kept: list[TokenScore] = []
    length = 0
    for score in scores:
        if length == len(text):
            break
        kept.append(score)
        length += len(score.data)
    return kept if b"".join(score.data for score in kept) == text else None
