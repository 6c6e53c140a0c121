"""Marks `[n]` in an answer's text, which point at its citations."""

import re
from collections.abc import Iterator

from schemas.answers import Answer

_MARK = re.compile(r"\[(\d{1,3})\]")


def closing_marks(answer: Answer) -> str:
    """The marks to put behind an answer whose text has none, as a quoted one's: one for each citation."""
    if not answer.citations or any(True for _ in marks(answer.text, len(answer.citations))):
        return ""
    return " " + "".join(f"[{number}]" for number in range(1, len(answer.citations) + 1))


def marks(text: str, citations: int) -> Iterator[tuple[int, int, int]]:
    """Where each mark of one of so many citations starts and ends (half open), and its number, from 1."""
    for match in _MARK.finditer(text):
        if 1 <= int(match[1]) <= citations:
            yield match.start(), match.end(), int(match[1])
