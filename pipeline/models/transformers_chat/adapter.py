"""`ChatModel` over a Llama 4 in this process."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.errors import ContextExceeded, JobCancelled, ModelRejected, ModelTimeout
from pipeline.model_settings import TransformersChatModel as Settings
from pipeline.models.chat import Capabilities, ChatAnswer, ChatRequest, Message
from pipeline.models.tokens import Tokens
from pipeline.models.transformers_chat.batches import Batches
from pipeline.models.transformers_chat.engine import Engine
from pipeline.models.transformers_chat.prompts import images
from pipeline.models.transformers_chat.turn import Turn

STOP_CHECK_SECONDS = 1.0


class TransformersChatModel:
    """Answers requests that wait in batches; one thread generates. Thread-safe.

    Raises:
        SettingsError: there is no Llama 4 at that path, or the device is not there.
        ModelUnavailable: it does not fit into memory.
    """

    def __init__(self, settings: Settings, engine: Engine | None = None) -> None:
        self._settings = settings
        self._engine = engine or Engine(settings)
        self._tokens = self._measured()
        self._batches = Batches(
            lambda turns: self._engine.generate(turns, lambda: self._batches.closed),
            most=settings.max_batch,
            tokens=self._engine.context_tokens,
            waiting=settings.max_prepared,
        )

    @property
    def name(self) -> str:
        """The checkpoint's folder."""
        return f"transformers/{self._settings.path.resolve().name}"

    @property
    def capabilities(self) -> Capabilities:
        """Of the checkpoint, within the settings."""
        return Capabilities(
            context_tokens=self._engine.context_tokens,
            images=self._settings.max_images,
            scores=True,
            parallel=2 * self._settings.max_batch,  # the next batch waits while one is answered
        )

    @property
    def tokens(self) -> Tokens:
        """The checkpoint's tokenizer and tiles; what stands around messages was measured."""
        return self._tokens

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Exactly what the processor makes of them.

        Raises:
            ModelRejected: the messages hold what the model does not take.
        """
        return self._engine.prompts.count(messages)

    def stream(self, request: ChatRequest, stopped: Callable[[], bool] = lambda: False) -> Iterator[str | ChatAnswer]:
        """Answer piece by piece; see `ChatModel.stream`. Closing the iterator takes the request out of its batch.

        Raises:
            ModelUnavailable: the device is out of memory, or the model failed or was closed.
            ModelTimeout: no whole answer within `timeout_seconds`.
            ModelRejected: the schema makes no grammar, or the messages hold what the model does not take.
            ContextExceeded: prompt and answer do not fit the context.
            JobCancelled: `stopped` returned true.
        """
        wait = _Wait(
            seconds=request.timeout_seconds, deadline=time.monotonic() + request.timeout_seconds, stopped=stopped
        )
        turn = self._turn(request)
        try:
            while not self._batches.submit(turn, wait.share()):
                wait.check()
            yield from _pieces(turn, wait)
            yield self._answer(turn)
        finally:
            turn.abandon()

    def close(self) -> None:
        """End what is under way with `ModelUnavailable`, and let go of the model's memory."""
        self._batches.close()
        self._engine.close()

    def _turn(self, request: ChatRequest) -> Turn:
        pictures = sum(1 for _ in images(request.messages))
        if pictures > self._settings.max_images:
            raise ModelRejected(f"{pictures} images in one request; the limit is {self._settings.max_images}")
        prompt, context = self.count_tokens(request.messages), self._engine.context_tokens
        if prompt + request.max_tokens > context:
            message = f"prompt ({prompt} tokens) and answer ({request.max_tokens}) exceed {context} tokens"
            raise ContextExceeded(message, prompt_tokens=prompt)
        grammar = None if request.json_schema is None else self._engine.vocabulary.grammar(request.json_schema)
        return Turn(self._engine.prompts.make(request.messages), request, grammar)

    def _answer(self, turn: Turn) -> ChatAnswer:
        assert turn.finish is not None
        return ChatAnswer(
            text=turn.text,
            finish_reason=turn.finish,
            input_tokens=len(turn.prompt.ids),
            output_tokens=turn.tokens,
            model=self.name,
            scores=turn.scores,
        )

    def _measured(self) -> Tokens:
        """What one more message adds, and what stands around them all."""
        one, two = (self._engine.prompts.count([Message(role="user", parts=["."])] * n) for n in (1, 2))
        tokenizer = self._settings.path / "tokenizer.json"
        return Tokens(
            tokenizer=tokenizer, max_tiles=self._engine.prompts.max_tiles, turn=two - one - 1, prompt=2 * one - two
        )


@dataclass(kw_only=True, slots=True)
class _Wait:
    """How long a request waits, and whether it is to be stopped, asked about once a second."""

    seconds: float
    deadline: float
    stopped: Callable[[], bool]
    asked: float = 0.0

    def share(self) -> float:
        """Seconds until something is to be checked."""
        now = time.monotonic()
        return max(0.0, min(self.deadline, self.asked + STOP_CHECK_SECONDS) - now)

    def check(self) -> None:
        """Hold that the request is still wanted and in time.

        Raises:
            JobCancelled: it is to be stopped.
            ModelTimeout: its time is over.
        """
        now = time.monotonic()
        if now - self.asked >= STOP_CHECK_SECONDS:
            self.asked = now
            if self.stopped():
                raise JobCancelled
        if now >= self.deadline:
            raise ModelTimeout(f"no whole answer within {self.seconds:g} s", seconds=self.seconds)


def _pieces(turn: Turn, wait: _Wait) -> Iterator[str]:
    while not turn.heard:
        wait.check()
        piece = turn.hear(wait.share())
        if piece:
            yield piece
