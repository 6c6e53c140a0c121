"""What a model's answers cost, and who spent it: two wrappers around a `ChatModel`.

`Priced` stands around the process's model and puts seconds and cost on every answer; `Noted` stands around it for one
piece of work and notes what that work has spent.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from pipeline.model_settings import Prices
from pipeline.models.chat import Capabilities, ChatAnswer, ChatModel, ChatRequest, Message, count_tokens
from pipeline.models.tokens import Tokens

MILLION = 1_000_000
HOUR_SECONDS = 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """What a model was asked in so many calls."""

    model: str
    calls: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    seconds: float
    cost: Decimal


class SharedClock:
    """Time that those who run at once share: of `n` requests each is charged the n-th part of every second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._running = 0
        self._share = 0.0
        self._last = 0.0

    def enter(self) -> float:
        """Somebody begins; what to hand to `leave`."""
        with self._lock:
            self._advance()
            self._running += 1
            return self._share

    def leave(self, entered: float) -> float:
        """Somebody ends; the seconds that are theirs."""
        with self._lock:
            self._advance()
            self._running -= 1
            return self._share - entered

    def _advance(self) -> None:
        now = self._clock()
        if self._running:
            self._share += (now - self._last) / self._running
        self._last = now


class Wrapped:
    """A `ChatModel` around another."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """The wrapped model's."""
        return self._model.name

    @property
    def capabilities(self) -> Capabilities:
        """The wrapped model's."""
        return self._model.capabilities

    @property
    def tokens(self) -> Tokens:
        """The wrapped model's."""
        return self._model.tokens

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """As the wrapped model counts."""
        return self._model.count_tokens(messages)

    def close(self) -> None:
        """Close the wrapped model."""
        self._model.close()


class Priced(Wrapped):
    """Puts on every answer the model's seconds and what they and the tokens cost."""

    def __init__(self, model: ChatModel, prices: Prices, clock: SharedClock | None = None) -> None:
        super().__init__(model)
        self._prices = prices
        self._clock = clock or SharedClock()

    def stream(self, request: ChatRequest, stopped: Callable[[], bool] = lambda: False) -> Iterator[str | ChatAnswer]:
        """As the wrapped model answers."""
        entered = self._clock.enter()
        left = False
        try:
            for piece in self._model.stream(request, stopped):
                if isinstance(piece, ChatAnswer):
                    left, seconds = True, self._clock.leave(entered)
                    yield replace(piece, seconds=seconds, cost=self.price(piece, seconds))
                else:
                    yield piece
        finally:
            if not left:
                self._clock.leave(entered)

    def price(self, answer: ChatAnswer, seconds: float) -> Decimal:
        """What an answer costs that took the server so many seconds."""
        return cost(self._prices, answer, seconds)


def cost(prices: Prices, answer: ChatAnswer, seconds: float) -> Decimal:
    """By tokens, and by the server's hours; in the settings' currency, rounded to its millionth part."""
    by_tokens = prices.input_per_million * answer.input_tokens + prices.output_per_million * answer.output_tokens
    by_hours = prices.server_hour * Decimal(str(round(seconds, 6))) / HOUR_SECONDS
    return (by_tokens / MILLION + by_hours).quantize(Decimal("0.000001"))


class Ledger:
    """What one piece of work has spent; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spent: dict[str, Spent] = {}

    def add(self, answer: ChatAnswer) -> None:
        """Note an answer."""
        with self._lock:
            known = self._spent.get(answer.model)
            self._spent[answer.model] = Spent(
                model=answer.model,
                calls=1 + (known.calls if known else 0),
                input_tokens=answer.input_tokens + (known.input_tokens if known else 0),
                cached_tokens=answer.cached_tokens + (known.cached_tokens if known else 0),
                output_tokens=answer.output_tokens + (known.output_tokens if known else 0),
                seconds=answer.seconds + (known.seconds if known else 0.0),
                cost=answer.cost + (known.cost if known else Decimal(0)),
            )

    def spent(self) -> list[Spent]:
        """All that was spent since the last `clear`, one entry a model."""
        with self._lock:
            return list(self._spent.values())

    def clear(self) -> None:
        """It was written down."""
        with self._lock:
            self._spent = {}


class Noted(Wrapped):
    """Notes every answer in a ledger."""

    def __init__(self, model: ChatModel, ledger: Ledger) -> None:
        super().__init__(model)
        self._ledger = ledger

    def stream(self, request: ChatRequest, stopped: Callable[[], bool] = lambda: False) -> Iterator[str | ChatAnswer]:
        """As the wrapped model answers; one that is broken off is noted as far as it went, its tokens counted here."""
        said: list[str] = []
        started = time.monotonic()
        try:
            for piece in self._model.stream(request, stopped):
                if isinstance(piece, ChatAnswer):
                    said.clear()
                    self._ledger.add(piece)
                else:
                    said.append(piece)
                yield piece
        finally:
            if said:
                self._ledger.add(self._broken_off(request, "".join(said), time.monotonic() - started))

    def _broken_off(self, request: ChatRequest, text: str, seconds: float) -> ChatAnswer:
        made = ChatAnswer(
            text=text,
            finish_reason="length",
            input_tokens=count_tokens(self.tokens, request.messages),
            output_tokens=self.tokens.text(text),
            model=self.name,
        )
        price = self._model.price(made, seconds) if isinstance(self._model, Priced) else Decimal(0)
        return replace(made, seconds=seconds, cost=price)
