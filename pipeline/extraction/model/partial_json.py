"""Reading JSON that may end in the middle: everything that is whole is kept, with the place of each value.

Numbers keep their digits as `Decimal`; whole numbers are `int`.
"""

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from pipeline.extraction.pointers import Path

MAX_DEPTH = 64
_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_SCALAR = re.compile(r"(?P<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>true|false|null)", re.ASCII)
_UNFINISHED = re.compile(r"-(?:[0-9][0-9.eE+-]*)?|[0-9][0-9.eE+-]*", re.ASCII)
_WORDS = {"true": True, "false": False, "null": None}
_DIGITS = 400
"""Of one number; more is no amount but an attack on who computes with it."""


class NotJson(ValueError):
    """The text is no JSON, not even the beginning of some."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """What a text holds."""

    value: Any
    """Without what was not whole when the text ended: a scalar, or a row of an array."""
    whole: bool
    """Whether the text ended where its JSON does."""
    spans: dict[Path, tuple[int, int]]
    """Of every whole scalar: its characters, half open, quotes included."""
    open_array: Path | None
    """The outermost array that the text ended in."""
    problem: str = ""
    """Why the text is no JSON from some place on, where it is not only cut: what is before that is kept."""


class _Ended(Exception):
    """The text is over, though the value is not."""


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0
    spans: dict[Path, tuple[int, int]] = field(default_factory=dict)
    open: list[tuple[Path, Any]] = field(default_factory=list)
    """Containers around the place that is read, outermost first."""

    def value(self, path: Path) -> Any:  # noqa: ANN401 - any JSON value
        """The value that begins here."""
        char = self.peek()
        if char == "{":
            return self.object(path)
        if char == "[":
            return self.array(path)
        begin = self.at
        found = self.string() if char == '"' else self.scalar()
        self.spans[path] = (begin, self.at)
        return found

    def peek(self) -> str:
        """The next character that is no space."""
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
        if self.at >= len(self.text):
            raise _Ended
        return self.text[self.at]

    def take(self, char: str) -> None:
        """Step over one character."""
        if self.peek() != char:
            raise NotJson(f"{char!r} is missing at character {self.at}")
        self.at += 1

    def object(self, path: Path) -> dict[str, Any]:
        """An object; of two values for one name the later one counts."""
        built: dict[str, Any] = {}
        self.enter(path, built)
        more = self.peek() != "}"
        while more:
            self.peek()
            name = self.string()
            self.take(":")
            built[name] = self.value((*path, name))
            more = not self.ends("}")
        self.leave()
        return built

    def array(self, path: Path) -> list[Any]:
        """An array."""
        built: list[Any] = []
        self.enter(path, built)
        more = self.peek() != "]"
        while more:
            built.append(self.value((*path, len(built))))
            more = not self.ends("]")
        self.leave()
        return built

    def enter(self, path: Path, built: Any) -> None:  # noqa: ANN401
        """Begin a container."""
        if len(self.open) >= MAX_DEPTH:
            raise NotJson(f"nested more than {MAX_DEPTH} deep")
        self.open.append((path, built))
        self.at += 1

    def leave(self) -> None:
        """End a container."""
        self.open.pop()
        self.at += 1

    def ends(self, char: str) -> bool:
        """Whether the container ends here; else a comma is stepped over."""
        if self.peek() == char:
            return True
        self.take(",")
        return False

    def string(self) -> str:
        """A text with its escapes worked in."""
        match = _STRING.match(self.text, self.at)
        if match is None:
            if self.text[self.at] != '"' or not self._may_go_on():
                raise NotJson(f"no text at character {self.at}")
            raise _Ended
        self.at = match.end()
        text: str = json.loads(match.group())
        # Half of a surrogate pair cannot be written as UTF-8.
        return text.encode(errors="replace").decode() if not text.isascii() else text

    def _may_go_on(self) -> bool:
        """Whether more text could end the one that begins here."""
        rest = self.text[self.at :]
        return any(_STRING.fullmatch(rest + end) for end in ('"', '\\"', '/"', '0"', '00"', '000"', '0000"'))

    def scalar(self) -> Any:  # noqa: ANN401
        """A number, `true`, `false` or `null`."""
        if _UNFINISHED.fullmatch(self.text, self.at):
            raise _Ended  # a digit more may follow
        match = _SCALAR.match(self.text, self.at)
        if match is None:
            if any(word.startswith(self.text[self.at :]) for word in ("true", "false", "null")):
                raise _Ended
            raise NotJson(f"no value at character {self.at}")
        self.at = match.end()
        return _WORDS[match["word"]] if match["word"] else _number(match["number"])


def _number(text: str) -> int | Decimal:
    if len(text) > _DIGITS:
        raise NotJson("a number of too many digits")
    if text.lstrip("-").isdigit():
        return int(text)
    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent that the type itself does not hold
        raise NotJson("a number out of all bounds") from None
    if not -_DIGITS < number.adjusted() < _DIGITS:
        raise NotJson("a number out of all bounds")
    return number


def parse(text: str) -> Parsed:
    """Read JSON, whole or cut; text around a whole value is not allowed.

    Raises:
        NotJson: it does not even begin as an object or an array.
    """
    reader = _Reader(text)
    try:
        value = reader.value(())
    except _Ended:
        return _salvaged(reader, "")
    except NotJson as error:
        if not reader.open:
            raise
        return _salvaged(reader, str(error))
    if text[reader.at :].strip():
        raise NotJson(f"more text after the JSON, at character {reader.at}")
    return Parsed(value=value, whole=True, spans=reader.spans, open_array=None)


def _salvaged(reader: _Reader, problem: str) -> Parsed:
    """The whole parts of what was open at the end: rows that were not finished are left out."""
    depth = next((n for n, (_, built) in enumerate(reader.open) if isinstance(built, list)), None)
    kept = reader.open if depth is None else reader.open[: depth + 1]
    for (path, inner), (_, outer) in zip(reversed(kept[1:]), reversed(kept[:-1]), strict=True):
        outer[path[-1]] = inner
    cut = reader.open[depth] if depth is not None else None
    spans = reader.spans
    if cut is not None:
        unfinished = (*cut[0], len(cut[1]))
        spans = {path: span for path, span in spans.items() if path[: len(unfinished)] != unfinished}
    return Parsed(
        value=reader.open[0][1] if reader.open else None,
        whole=False,
        spans=spans,
        open_array=cut[0] if cut is not None else None,
        problem=problem,
    )
