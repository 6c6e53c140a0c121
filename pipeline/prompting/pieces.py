"""Texts that are too long, cut where it hurts least: between paragraphs, lines, words."""

from pipeline.models.tokens import Tokens
from pipeline.prompting.fences import neutral
from pipeline.prompting.profiles import Piece

CUTS = ("\n\n", "\n", " ")


def cut(text: str, tokens: Tokens, most: int) -> tuple[Piece, ...]:
    """Pieces of at most so many tokens that together are the whole text."""
    pieces: list[Piece] = []
    start = 0
    characters = max(1, int(len(text) * most / max(1, tokens.text(text))))
    while start < len(text):
        stop = min(len(text), start + characters)
        while True:
            stop = _back(text, start, stop)
            count = _count(text[start:stop], tokens)
            if count <= most or stop - start <= 1:
                break
            stop = start + max(1, (stop - start) * 3 // 4)
        if count:
            pieces.append(Piece(start=start, stop=stop, tokens=count))
        start = stop
    return tuple(pieces)


def tail(text: str, tokens: Tokens, most: int) -> Piece | None:
    """The last lines of a text, at most so many tokens; `None` where that is all of it, or not even one line."""
    count = tokens.text(text)
    start = len(text) - int(len(text) * most / max(1, count))
    while 0 < start < len(text):
        start = text.find("\n", start) + 1
        if start == 0:
            return None
        cost = _count(text[start:], tokens)
        if cost <= most:
            return Piece(start=start, stop=len(text), tokens=cost)
    return None


def _back(text: str, start: int, stop: int) -> int:
    """The last good place to cut in the second half, if it has one."""
    if stop == len(text):
        return stop
    middle = (start + stop) // 2
    found = (text.rfind(mark, middle, stop) + len(mark) for mark in CUTS if mark in text[middle:stop])
    return next(found, stop)


def _count(text: str, tokens: Tokens) -> int:
    shown = neutral(text).strip()
    return tokens.text(f"{shown}\n") if shown else 0
