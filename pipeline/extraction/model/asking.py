"""One request: streamed, ended early where the model goes in circles, and read as far as it is JSON."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

from pipeline.errors import ModelTimeout
from pipeline.extraction.model.loops import LoopDetector
from pipeline.extraction.model.partial_json import NotJson, Parsed, parse
from pipeline.models.chat import ChatAnswer, ChatModel, ChatRequest, TokenScore

Ending = Literal["stop", "length", "refusal", "loop", "timeout"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What came back."""

    text: str
    ending: Ending
    parsed: Parsed | None
    """`None` where it is no JSON."""
    problem: str = ""
    """Why it is none."""
    scores: Sequence[TokenScore] | None = None
    offset: int = 0
    """Where in the text the JSON begins."""


def ask(model: ChatModel, request: ChatRequest, stopped: Callable[[], bool]) -> Heard:
    """Ask once.

    Raises:
        ModelTimeout: nothing came in time; with something there it is an ending like another.
        ModelError: as `ChatModel.stream` raises it.
        JobCancelled: `stopped` returned true.
    """
    detector, said = LoopDetector(), []
    answer: ChatAnswer | None = None
    ending: Ending = "timeout"
    try:
        # Closing the stream ends the request at the server.
        with closing(model.stream(request, stopped)) as stream:  # type: ignore[type-var]  # a generator everywhere
            for piece in stream:
                if isinstance(piece, ChatAnswer):
                    answer = piece
                    break
                said.append(piece)
                if detector.feed(piece):
                    ending = "loop"
                    break
    except ModelTimeout:
        if not said:
            raise
    if answer is not None:
        return _read(answer.text, answer.finish_reason, answer.scores)
    return _read("".join(said), ending, None)


def _read(text: str, ending: Ending, scores: Sequence[TokenScore] | None) -> Heard:
    offset, inner = _unfenced(text)
    parsed, problem = None, ""
    if ending != "refusal":
        try:
            parsed = parse(inner)
        except NotJson as error:
            problem = str(error)
    return Heard(text=text, ending=ending, parsed=parsed, problem=problem, scores=scores, offset=offset)


def _unfenced(text: str) -> tuple[int, str]:
    """The text without a Markdown fence around it, and where it begins: some models put one around their JSON."""
    start = len(text) - len(text.lstrip())
    if not text.startswith("```", start):
        return 0, text
    begin = text.find("\n", start) + 1 or len(text)
    return begin, text[begin:].rstrip().removesuffix("```")
