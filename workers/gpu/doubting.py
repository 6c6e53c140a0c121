"""A `ChatModel` whose failures are told to the supervisor of its engine."""

from collections.abc import Callable, Iterator, Sequence

from pipeline.errors import ModelTimeout, ModelUnavailable
from pipeline.models.chat import ChatAnswer, ChatModel, ChatRequest, Message
from pipeline.models.spending import Wrapped


class DoubtingChat(Wrapped):
    """Between an engine's crash and the next look at its health a stage could use up all its attempts."""

    def __init__(self, model: ChatModel, doubt: Callable[[], None]) -> None:
        """`doubt` is called when a request failed in a way that the engine may be the reason of."""
        super().__init__(model)
        self._doubt = doubt

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """As the wrapped model."""
        try:
            return super().count_tokens(messages)
        except (ModelUnavailable, ModelTimeout):
            self._doubt()
            raise

    def stream(self, request: ChatRequest, stopped: Callable[[], bool] = lambda: False) -> Iterator[str | ChatAnswer]:
        """As the wrapped model."""
        try:
            yield from self._model.stream(request, stopped)
        except (ModelUnavailable, ModelTimeout):
            self._doubt()
            raise
