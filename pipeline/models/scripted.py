"""The `ChatModel` that answers from a list, and misbehaves where the list says so.

It stands in for a model server wherever one is wanted without a model: tests, a dry run of a pipeline, a demonstration
of what happens when a model fails. The script is a JSON file:

    {"model": "scripted", "context_tokens": 131072, "at_end": "reject",
     "steps": [{"value": {"total": 12.50}},
               {"behave": "cut", "text": "a long answer"},
               {"behave": "crash", "when": "page 3"}]}

Each request takes the first step left whose `when` is absent or occurs in the request's text.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import (
    ContextExceeded,
    JobCancelled,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
    SettingsError,
)
from pipeline.models.chat import Capabilities, ChatAnswer, ChatRequest, Message, count_tokens
from pipeline.models.tokens import Tokens

BYTES_PER_TOKEN = 4
"""A rule of thumb for English; the script needs no tokenizer of its own."""
PIECE_BYTES = 16
"""How much of an answer is streamed at a time."""
STOP_CHECK_SECONDS = 0.5
LOOP_TEXT = "the same again and "

Behaviour = Literal["answer", "cut", "loop", "invalid", "slow", "refuse", "reject", "crash"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Model):
    """One answer.

    - `answer`: the text, or the value as JSON;
    - `cut`: its first half, with finish reason `length`;
    - `loop`: the text (or a phrase) over and over until `max_tokens`, with finish reason `length`;
    - `invalid`: the answer without its last character, so that JSON does not parse, with finish reason `stop`;
    - `slow`: the answer after `seconds`; `ModelTimeout` where the request waits less;
    - `refuse`: finish reason `refusal`;
    - `reject`: `ModelRejected`; `crash`: `ModelUnavailable`.
    """

    behave: Behaviour = "answer"
    text: str | None = None
    value: Any = None
    """Answered as JSON where there is no `text`."""
    seconds: float = 0.0
    when: str | None = None
    """Only for requests whose text contains it."""

    @property
    def content(self) -> str:
        """The whole answer."""
        return self.text if self.text is not None else json.dumps(self.value, ensure_ascii=False)


class Script(_Model):
    """What the model says, in order."""

    steps: list[Step]
    model: str = "scripted"
    context_tokens: int = 131_072
    images: int = 10
    at_end: Literal["reject", "repeat"] = "reject"
    """Once no step is left: refuse further requests, or begin again."""


def load_script(path: Path) -> Script:
    """Read a script.

    Raises:
        SettingsError: the file cannot be read or is not a script.
    """
    try:
        return Script.model_validate_json(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"chat.path: {path} cannot be read: {error.strerror}", path=str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsError(f"chat.path: {path} is no script: {where}: {first['msg']}", path=str(path)) from error


class ScriptedChatModel:
    """A `ChatModel` that says what its script says. Thread-safe: each step is taken once."""

    def __init__(self, script: Script, sleep: Callable[[float], None] = time.sleep) -> None:
        self._script = script
        self._sleep = sleep
        self._left = list(script.steps)
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The model's name in the script."""
        return self._script.model

    @property
    def capabilities(self) -> Capabilities:
        """As the script says."""
        return Capabilities(context_tokens=self._script.context_tokens, images=self._script.images)

    @property
    def tokens(self) -> Tokens:
        """Four bytes a token, and three tokens around a turn; images as Llama 4 counts them."""
        return Tokens(bytes_per_token=BYTES_PER_TOKEN, turn=3, prompt=0)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """As `tokens` counts."""
        return count_tokens(self.tokens, messages)

    def stream(self, request: ChatRequest, stopped: Callable[[], bool] = lambda: False) -> Iterator[str | ChatAnswer]:
        """Answer with the next step that fits the request, in small pieces.

        Raises:
            ContextExceeded: the prompt and answer exceed the context.
            ModelRejected: a step says so, or no step is left.
            ModelTimeout: a slow step takes longer than the request waits.
            ModelUnavailable: a step says so.
            JobCancelled: `stopped` returned true.
        """
        prompt = self.count_tokens(request.messages)
        if prompt + request.max_tokens > self._script.context_tokens:
            raise ContextExceeded(
                f"prompt ({prompt} tokens) and answer ({request.max_tokens}) exceed {self._script.context_tokens} "
                "tokens",
                prompt_tokens=prompt,
            )
        step = self._take(_text_of(request))
        self._wait(step, request.timeout_seconds, stopped)
        _fail(step)
        text, finish = _spoken(step, request.max_tokens)
        for start in range(0, len(text), PIECE_BYTES):
            if stopped():
                raise JobCancelled
            yield text[start : start + PIECE_BYTES]
        yield ChatAnswer(
            text=text,
            finish_reason=finish,
            input_tokens=prompt,
            output_tokens=_text_tokens(text),
            model=self.name,
        )

    def close(self) -> None:
        """Nothing is held."""

    def _take(self, text: str) -> Step:
        with self._lock:
            found = self._find(text)
            if found is None and self._script.at_end == "repeat":
                self._left = list(self._script.steps)
                found = self._find(text)
            if found is None:
                raise ModelRejected("the script has no answer left for this request")
            return self._left.pop(found)

    def _find(self, text: str) -> int | None:
        fitting = (index for index, step in enumerate(self._left) if step.when is None or step.when in text)
        return next(fitting, None)

    def _wait(self, step: Step, timeout: float, stopped: Callable[[], bool]) -> None:
        left = min(step.seconds, timeout) if step.behave == "slow" else 0.0
        while left > 0:
            if stopped():
                raise JobCancelled
            self._sleep(min(left, STOP_CHECK_SECONDS))
            left -= STOP_CHECK_SECONDS
        if step.behave == "slow" and step.seconds > timeout:
            raise ModelTimeout(f"no answer within {timeout:g} s", seconds=timeout)


def _text_of(request: ChatRequest) -> str:
    return "\n".join(part for message in request.messages for part in message.parts if isinstance(part, str))


def _text_tokens(text: str) -> int:
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def _fail(step: Step) -> None:
    if step.behave == "crash":
        raise ModelUnavailable(step.text)
    if step.behave == "reject":
        raise ModelRejected(step.text)


def _spoken(step: Step, max_tokens: int) -> tuple[str, Literal["stop", "length", "refusal"]]:
    """What is said, and why it ends there; no answer is longer than `max_tokens`."""
    if step.behave == "refuse":
        return step.text or "I cannot help with that.", "refusal"
    content = step.content
    if step.behave == "cut":
        return _clip(content[: len(content) // 2], max_tokens), "length"
    if step.behave == "loop":
        unit = step.text or LOOP_TEXT
        return _clip(unit * (max_tokens * BYTES_PER_TOKEN // len(unit) + 1), max_tokens), "length"
    if step.behave == "invalid":
        content = content[:-1]
    clipped = _clip(content, max_tokens)
    return clipped, "stop" if clipped == content else "length"


def _clip(text: str, max_tokens: int) -> str:
    """At most so many tokens of it, never half a character."""
    return text.encode()[: max_tokens * BYTES_PER_TOKEN].decode(errors="ignore")
