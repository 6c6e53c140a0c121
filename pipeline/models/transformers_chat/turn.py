"""One request on its way through a batch: its prompt, what was said so far, and whether anybody still listens."""

import codecs
import queue
import threading
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.errors import ModelError
from pipeline.models.chat import ChatRequest, FinishReason, TokenScore


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """A conversation as the model takes it."""

    ids: list[int]
    pixels: Any = None
    """Tiles of all its images in order, a tensor (tiles, 3, 336, 336); None where there are none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """What a token means."""

    data: bytes
    """Of the text; empty for marks."""
    ends: bool = False
    """Whether the answer is over."""


class Grammar(Protocol):
    """What may be said next in one answer."""

    def mask(self) -> bytes:
        """A bit for each token of the vocabulary, the lowest bit first.

        Raises:
            ModelRejected: the grammar cannot go on.
        """

    def take(self, token: int) -> None:
        """Note what was said."""


class Turn:
    """One thread says, another one hears."""

    def __init__(self, prompt: Prompt, request: ChatRequest, grammar: Grammar | None = None) -> None:
        self.prompt = prompt
        self.request = request
        self.grammar = grammar
        self.tokens = 0
        """Said so far, the mark at the end too."""
        self.finish: FinishReason | None = None
        self._texts: list[str] = []
        self._scores: list[TokenScore] = []
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._said: queue.SimpleQueue[str | ModelError] = queue.SimpleQueue()
        self._over = threading.Event()

    @property
    def done(self) -> bool:
        """Whether nothing more is to be said: the answer is over, it failed, or nobody listens."""
        return self._over.is_set()

    @property
    def size(self) -> int:
        """Tokens of the prompt and of the longest answer."""
        return len(self.prompt.ids) + self.request.max_tokens

    def say(self, token: int, word: Word, logprob: float) -> None:
        """One token more; what comes after the end is not heard."""
        if self.done:
            return
        self.tokens += 1
        if self.grammar is not None and not word.ends:
            self.grammar.take(token)
        text = self._decoder.decode(word.data)
        if word.data and self.request.scores:
            self._scores.append(TokenScore(data=word.data, logprob=logprob))
        if text:
            self._texts.append(text)
            self._said.put(text)
        if word.ends or self.tokens >= self.request.max_tokens:
            self._end("stop" if word.ends else "length")

    def fail(self, error: ModelError) -> None:
        """End it with an error; each listener gets one of its own."""
        if not self.done:
            self._said.put(type(error)(error.message, **error.facts))
            self._over.set()

    def abandon(self) -> None:
        """Nobody listens any more."""
        self._over.set()

    def hear(self, seconds: float) -> str:
        """The next piece; empty where nothing came in time.

        Raises:
            ModelError: it failed.
        """
        try:
            piece = self._said.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return ""
        if isinstance(piece, ModelError):
            raise piece
        return piece

    @property
    def heard(self) -> bool:
        """Whether the answer is over and every piece of it was heard."""
        return self.finish is not None and self._said.empty()

    @property
    def text(self) -> str:
        """All that was said; bytes that are no UTF-8 became U+FFFD, half a character at the end is left out."""
        return "".join(self._texts)

    @property
    def scores(self) -> list[TokenScore] | None:
        """Of the text's tokens, where they were asked for; half a character at the end of a cut answer is left out."""
        if not self.request.scores:
            return None
        pending = len(self._decoder.getstate()[0])
        kept = list(self._scores)
        while pending and kept:
            last = kept.pop()
            left = last.data[: max(0, len(last.data) - pending)]
            pending -= len(last.data) - len(left)
            if left:
                kept.append(TokenScore(data=left, logprob=last.logprob))
        return kept

    def _end(self, finish: FinishReason) -> None:
        self.finish = finish
        self._over.set()
        self._said.put("")  # wakes who waits
