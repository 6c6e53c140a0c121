"""A model's answer, as it arrives, to sentences with the passages they cite."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.prompting.plain import plain

_RUN = r"(?:\s*\[\d{1,3}(?:\s*[,;]\s*\d{1,3})*\])+[.!?,;:]?"
# What follows a run of numbers shows that it is whole; more numbers or a full stop may still be on their way.
_WHOLE = re.compile(rf"(?P<text>.*?)(?P<run>{_RUN})(?=\s*[^\s\[.!?,;:])", re.DOTALL)
_LAST = re.compile(rf"(?P<text>.*?)(?P<run>{_RUN})\s*", re.DOTALL)
_NUMBER = re.compile(r"\d{1,3}")
MOST_CHARACTERS = 2_000
"""Without a citation; what goes on for longer is not an answer."""


@dataclass(frozen=True, slots=True)
class CitedText:
    """Words of the answer, plain, and the numbers of the passages that are said to hold them."""

    text: str
    numbers: tuple[int, ...]


class CitedReader:
    """Takes the pieces of an answer and gives what is cited; what cites nothing is never given."""

    def __init__(self) -> None:
        self._buffer = ""
        self.uncited = ""
        """What was said without citing anything so far, for those who look for a refusal."""

    def feed(self, piece: str) -> Iterator[CitedText]:
        """Everything that has become whole with this piece."""
        self._buffer += piece
        while match := _WHOLE.match(self._buffer):
            self._buffer = self._buffer[match.end() :]
            yield _cited(match)
        if len(self._buffer) > MOST_CHARACTERS:
            self.uncited, self._buffer = (self.uncited + self._buffer)[:MOST_CHARACTERS], ""

    def close(self) -> Iterator[CitedText]:
        """What is left once the answer has ended."""
        while match := _LAST.match(self._buffer):
            self._buffer = self._buffer[match.end() :]
            yield _cited(match)
        self.uncited, self._buffer = (self.uncited + self._buffer).strip(), ""


def _cited(match: re.Match[str]) -> CitedText:
    run = match["run"].strip()
    text = plain(match["text"])
    end = run[-1] if run[-1] in ".!?,;:" and text[-1:] not in {".", "!", "?", ":", ";"} else ""
    numbers = tuple(dict.fromkeys(int(number) for number in _NUMBER.findall(run)))
    return CitedText(f"{text}{end}", numbers)
