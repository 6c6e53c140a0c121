"""Reading one window: asked, repaired once, continued where it was cut, halved where that does not help."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Protocol

from pipeline.errors import ContextExceeded
from pipeline.extraction.leaves import Array, Node, Object
from pipeline.extraction.model.answers import Gap, GapReason, Piece
from pipeline.extraction.model.asking import Ending, Heard, ask
from pipeline.extraction.model.fitting import Fault, Fitted, fit, violations
from pipeline.extraction.model.probabilities import value_probabilities
from pipeline.extraction.pointers import Path, look_up, pointer
from pipeline.extraction.validation import SchemaValidator
from pipeline.models.chat import ChatModel, ChatRequest, Message
from pipeline.prompting.planning import halve
from pipeline.prompting.windows import Window

Messages = list[Message]
_REASONS: dict[Ending, GapReason] = {
    "stop": "answer-invalid",
    "length": "answer-cut",
    "timeout": "answer-cut",
    "loop": "answer-loop",
    "refusal": "answer-refused",
}


class Words(Protocol):
    """What is said to the model."""

    def show(self, window: Window) -> Messages:
        """The request for one window."""

    def repair(self, messages: Messages, answer: str, faults: Sequence[str]) -> Messages:
        """The request again, with an answer to it and what is wrong with that."""

    def resume(self, messages: Messages, answer: str, path: str, count: int, last: Any) -> Messages:  # noqa: ANN401
        """The request again, with a cut answer to it: the rows of an array behind the last one are asked for."""


class Calls:
    """A bounded number of requests, shared by windows that are read at once."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether one more may be made."""
        with self._lock:
            self._left -= 1
            return self._left >= 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What is asked, of whom, and how."""

    model: ChatModel
    words: Words
    tree: Object
    schema: dict[str, Any]
    """As the model server gets it."""
    validator: SchemaValidator
    """Of the user's own schema."""
    max_tokens: int
    timeout_seconds: float
    stopped: Callable[[], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shown:
    """A window as it was sent."""

    window: Window
    order: tuple[int, ...]
    """Where its answers stand among those of all windows."""
    messages: Messages

    def turn(self, number: int) -> "_Shown":
        """The same window in a further request."""
        return replace(self, order=(*self.order, number))


@dataclass(slots=True)
class WindowReader:
    """Reads one window and what it falls into; its findings are filled as it goes."""

    asked: Asked
    calls: Calls
    pieces: list[Piece] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def read(self, window: Window, order: tuple[int, ...]) -> None:
        """Read a window.

        Raises:
            ModelError: the model or its server failed, other than by its answer.
            JobCancelled: `stopped` returned true.
        """
        if not self.calls.take():  # before pages are drawn for nothing
            self._gap(_Shown(window=window, order=order, messages=[]), "calls-used-up")
            return
        shown = _Shown(window=window, order=order, messages=self.asked.words.show(window))
        heard = self._send(shown, shown.messages)
        if heard is not None and heard.ending == "stop" and (faults := self._faults(heard)):
            heard = self._repaired(shown, heard, faults)
        if heard is None:
            return
        if heard.parsed is None:
            self._smaller(shown, _REASONS[heard.ending], heard.problem)
        elif heard.parsed.whole:
            self._whole(shown, heard)
        else:
            self._cut(shown, heard)

    def _hear(self, shown: _Shown, messages: Messages) -> Heard | None:
        """One more request; `None` where it could not be made, and the window is dealt with."""
        if not self.calls.take():
            self._gap(shown, "calls-used-up")
            return None
        return self._send(shown, messages)

    def _send(self, shown: _Shown, messages: Messages) -> Heard | None:
        asked = self.asked
        request = ChatRequest(
            messages=messages,
            max_tokens=asked.max_tokens,
            json_schema=asked.schema,
            timeout_seconds=asked.timeout_seconds,
            scores=asked.model.capabilities.scores,
        )
        try:
            return ask(asked.model, request, asked.stopped)
        except ContextExceeded as error:
            self._smaller(shown, "context-exceeded", error.message)
            return None

    def _repaired(self, shown: _Shown, heard: Heard, faults: Sequence[Fault]) -> Heard | None:
        """The answer once its faults have been shown to the model; the first one where the second is worse."""
        told = [str(fault) for fault in faults]
        again = self._hear(shown, self.asked.words.repair(shown.messages, heard.text, told))
        if again is None or again.parsed is not None or heard.parsed is None:
            return again
        return heard

    def _faults(self, heard: Heard) -> list[Fault]:
        if heard.parsed is None:
            return [Fault((), f"this is no JSON: {heard.problem}")]
        if not heard.parsed.whole:
            return [Fault((), heard.parsed.problem or "the JSON ends before it is complete")]
        fitted = fit(heard.parsed.value, self.asked.tree)
        return fitted.faults or violations(_without_nones(fitted.data), self.asked.validator)

    def _whole(self, shown: _Shown, heard: Heard) -> None:
        fitted = self._keep(shown, heard)
        if fitted.faults:
            self._gap(shown, "answer-invalid", str(fitted.faults[0]))
        outer = (path for path in fitted.full if not any(isinstance(step, int) for step in path))
        grown = next((path for path in outer if isinstance(look_up(fitted.data, path), list)), None)
        if grown is not None:
            self._resume(shown, heard.text, fitted, grown)
        elif fitted.full:
            self._gap(shown, "answer-cut", f"{pointer(fitted.full[0])} is as long as an answer may be")

    def _cut(self, shown: _Shown, heard: Heard) -> None:
        """An answer that ended early: go on behind its last whole row, or ask about less."""
        assert heard.parsed is not None
        reason = _REASONS[heard.ending]
        path = heard.parsed.open_array
        rows = look_up(heard.parsed.value, path) if path else None
        known = path is not None and isinstance(node_at(self.asked.tree, path), Array)
        divisible = halve(shown.window) is not None
        if path is not None and known and rows and not (divisible and heard.ending == "loop"):
            self._resume(shown, heard.text, self._keep(shown, heard), path)
        elif divisible:
            self._smaller(shown, reason)
        else:
            self._keep(shown, heard)
            self._gap(shown, reason)

    def _resume(self, shown: _Shown, text: str, fitted: Fitted, path: Path) -> None:
        """Ask for the rows behind the last one, until an answer ends by itself; each request is one of `calls`."""
        done, turn = 0, shown
        for number in count(1):
            rows = look_up(fitted.data, path)
            if not rows:
                break
            done, turn = done + len(rows), shown.turn(number)
            asked = self.asked.words.resume(shown.messages, text, pointer(path), done, _last(rows))
            heard = self._hear(turn, asked)
            if heard is None:
                return
            if heard.parsed is None or heard.ending == "loop":
                self._smaller(turn, _REASONS[heard.ending], heard.problem)
                return
            text, fitted = heard.text, self._keep(turn, heard)
            if heard.parsed.whole and path not in fitted.full:
                return
            if look_up(fitted.data, path) == rows:
                break  # it says the same rows again and again
        self._smaller(turn, "answer-cut")

    def _keep(self, shown: _Shown, heard: Heard) -> Fitted:
        assert heard.parsed is not None
        fitted = fit(heard.parsed.value, self.asked.tree)
        if fitted.data:
            known = _probabilities(heard)
            piece = Piece(parts=shown.window.numbers, order=shown.order, data=fitted.data, probabilities=known)
            self.pieces.append(piece)
        return fitted

    def _smaller(self, shown: _Shown, reason: GapReason, detail: str = "") -> None:
        """Read the halves, each in a request of its own; what cannot be halved is missing."""
        halves = halve(shown.window)
        if halves is None:
            self._gap(shown, reason, detail)
            return
        for index, half in enumerate(halves):
            self.read(half, (*shown.order, index))

    def _gap(self, shown: _Shown, reason: GapReason, detail: str = "") -> None:
        self.gaps.append(Gap(parts=shown.window.numbers, reason=reason, detail=detail[:300]))


def _probabilities(heard: Heard) -> dict[str, float]:
    if heard.scores is None or heard.parsed is None:
        return {}
    spans = {path: (start + heard.offset, stop + heard.offset) for path, (start, stop) in heard.parsed.spans.items()}
    found = value_probabilities(heard.text, spans, heard.scores)
    return {pointer(path): round(value, 4) for path, value in found.items()}


def node_at(tree: Node, path: Path) -> Node | None:
    """The node of a path into data; `None` where the tree has none."""
    node: Node | None = tree
    for step in path:
        if isinstance(node, Object):
            node = node.children.get(str(step))
        elif isinstance(node, Array) and isinstance(step, int):
            node = node.item
        else:
            return None
    return node


def _last(rows: Sequence[Any]) -> Any:  # noqa: ANN401 - any JSON value
    """The last row that fits."""
    return next((row for row in reversed(rows) if row is not None), None)


def _without_nones(data: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The data without rows that hold nothing."""
    if isinstance(data, dict):
        return {name: _without_nones(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_without_nones(value) for value in data if value is not None]
    return data
