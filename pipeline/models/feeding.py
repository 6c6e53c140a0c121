"""The `ChatModel` that keeps a server busy and no more: requests of many documents wait here and not there."""

import json
import threading
import time
from collections.abc import Callable, Hashable, Iterator

from pipeline.errors import JobCancelled
from pipeline.models.admission import Admission, Ticket
from pipeline.models.chat import ChatAnswer, ChatModel, ChatRequest
from pipeline.models.spending import Wrapped

STOP_CHECK_SECONDS = 0.5
LEAD_SECONDS = 20.0
"""How long a request waits for another one with its prefix to lead the way."""


def at_once(parallel: int) -> int:
    """Requests that run or wait at a server worth `parallel`: a few more, so that there is a next one at any time."""
    return parallel + -(-parallel // 8)


def documents_at_once(parallel: int) -> int:
    """Documents to work on, so that enough of them have a request ready while others are read, drawn or merged."""
    return parallel + -(-parallel // 2)


class Feeder(Wrapped):
    """Bounds the requests at a model, fairly between owners. Thread-safe."""

    def __init__(self, model: ChatModel, limit: int | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """`limit` requests run at a time; by default as many as keep the model busy."""
        super().__init__(model)
        self._admission = Admission(at_once(model.capabilities.parallel) if limit is None else limit)
        self._changed = threading.Condition()
        self._clock = clock

    def line(self, owner: str, *, urgent: bool = False) -> ChatModel:
        """The model for one owner's requests; urgent are those that a person waits for."""
        return _Line(self, owner, urgent=urgent)

    def stream(self, request: ChatRequest, stopped: Callable[[], bool] = lambda: False) -> Iterator[str | ChatAnswer]:
        """As the wrapped model answers, once it is this request's turn; waiting does not count as its time."""
        return self.fed(request, stopped, Ticket(owner="", prefix=_prefix(request)))

    def fed(self, request: ChatRequest, stopped: Callable[[], bool], ticket: Ticket) -> Iterator[str | ChatAnswer]:
        """As `stream`, for whoever's ticket it is.

        Raises:
            JobCancelled: `stopped` returned true while it waited.
        """
        self._wait(ticket, stopped)
        try:
            for piece in self._model.stream(request, stopped):
                self._begun(ticket)
                yield piece
        finally:
            self._end(ticket)

    def _wait(self, ticket: Ticket, stopped: Callable[[], bool]) -> None:
        patience = self._clock() + LEAD_SECONDS
        with self._changed:
            self._admission.ask(ticket)
            self._admit()
        came = False
        try:
            while not (came := self._turn_of(ticket, patience)) and not stopped():
                pass
        finally:
            if not came:
                self._end(ticket)
        if not came:
            raise JobCancelled

    def _turn_of(self, ticket: Ticket, patience: float) -> bool:
        with self._changed:
            if not ticket.running:
                self._changed.wait(STOP_CHECK_SECONDS)
            if not ticket.running and self._clock() > patience:
                self._admission.alone(ticket)
                self._admit()
            return ticket.running

    def _begun(self, ticket: Ticket) -> None:
        if ticket.prefix is not None:
            with self._changed:
                self._admission.begun(ticket)
                self._admit()
            ticket.prefix = None

    def _end(self, ticket: Ticket) -> None:
        with self._changed:
            self._admission.end(ticket)
            self._admit()

    def _admit(self) -> None:
        if self._admission.admit():
            self._changed.notify_all()


class _Line(Wrapped):
    """The feeder's model for one owner."""

    def __init__(self, feeder: Feeder, owner: str, *, urgent: bool) -> None:
        super().__init__(feeder)
        self._feeder = feeder
        self._owner = owner
        self._urgent = urgent

    def stream(self, request: ChatRequest, stopped: Callable[[], bool] = lambda: False) -> Iterator[str | ChatAnswer]:
        """As the feeder's model answers."""
        ticket = Ticket(owner=self._owner, prefix=_prefix(request), urgent=self._urgent)
        return self._feeder.fed(request, stopped, ticket)

    def close(self) -> None:
        """The feeder stays open: it has other lines."""


def line(model: ChatModel, owner: str, *, urgent: bool = False) -> ChatModel:
    """The model for one owner's requests, where it takes turns; else the model itself."""
    return model.line(owner, urgent=urgent) if isinstance(model, Feeder) else model


def _prefix(request: ChatRequest) -> Hashable | None:
    """What requests of one kind begin with: the system message, and the instructions, which follow from the schema."""
    first = request.messages[0]
    if first.role != "system" or request.json_schema is None:
        return None
    return hash((tuple(map(str, first.parts)), json.dumps(request.json_schema, sort_keys=True, default=str)))
