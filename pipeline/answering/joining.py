"""Texts of chunks behind one another, with the anchors that say where they were read."""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from pipeline.indexing.anchors import BLANK_LINE, Anchor
from pipeline.reading.passages import CELL_SEPARATOR

Line = Sequence[Any]
"""Of a page's anchor: y0, y1, and a flat list of the words' offsets, x0 and x1."""


class Joining:
    """Grows by one chunk after another, each the next of its document."""

    def __init__(self) -> None:
        self.text = ""
        self.anchors: list[Anchor] = []

    def add(self, text: str, anchors: Sequence[Anchor]) -> int:
        """Where it begins in the joined text; what was added before of the same place is not said again."""
        repeated = list(takewhile(lambda one: self._holds(one, _words(text, one)), anchors))
        kept = anchors[len(repeated) :]
        begin = (kept[0]["at"] if kept else len(text)) if repeated else 0
        separator = ""
        if self.text and begin < len(text):
            said = text[begin : kept[0]["at"]].strip() if kept and "time" in kept[0] else ""
            if said and said == self._speaker():
                begin = kept[0]["at"]
            separator = "\n" if said and begin < kept[0]["at"] else self._separator(text, kept)
        start = len(self.text) + len(separator)
        self.text += separator + text[begin:]
        self.anchors += [{**one, "at": one["at"] - begin + start} for one in kept]
        return start

    def _holds(self, one: Anchor, words: str) -> bool:
        return any(_inside(one, other) and words in _words(self.text, other) for other in self.anchors)

    def _speaker(self) -> str:
        """What was written last before a turn: its speaker's name."""
        ends = [0, *(one["at"] + one["length"] for one in self.anchors)]
        gaps = [self.text[end : one["at"]].strip() for end, one in zip(ends, self.anchors, strict=False)]
        return next((gap for gap in reversed(gaps) if gap), "")

    def _separator(self, text: str, kept: Sequence[Anchor]) -> str:
        if not self.anchors or not kept:
            return "\n"
        last, first = self.anchors[-1], kept[0]
        if "time" in first:
            return " "
        if last.get("heading") or CELL_SEPARATOR in _words(text, first):
            return "\n"
        if "text" in last and "text" in first:
            return _between(first["text"] - last["text"] - last["length"])
        if "lines" in last and "lines" in first and last["page"] == first["page"]:
            return _on_a_page(last["lines"], first["lines"])
        return "\n"


def _words(text: str, one: Anchor) -> str:
    return text[one["at"] : one["at"] + one["length"]]


def _between(characters: int) -> str:
    """What parts two stretches of a text that so many characters lie between."""
    if characters == 0:  # a word too long for a chunk
        return ""
    return " " if 0 < characters < BLANK_LINE else "\n\n"


def _on_a_page(before: Sequence[Line], after: Sequence[Line]) -> str:
    if not before or not after or before[-1][:2] != after[0][:2]:
        return "\n"
    return "" if _boxes(before)[-1:] == _boxes(after)[:1] else " "


def _inside(one: Anchor, other: Anchor) -> bool:
    """Whether the place of one anchor is within that of the other, as far as both have a place."""
    if "text" in one and "text" in other:
        within: bool = other["text"] <= one["text"] and _end(one) <= _end(other)
        return within
    if "refs" in one and "refs" in other:
        return one["sheet"] == other["sheet"] and set(one["refs"]) <= set(other["refs"])
    if "lines" in one and "lines" in other and one["page"] == other["page"]:
        boxes = _boxes(one["lines"])
        return bool(boxes) and all(box[2] >= 0 for box in boxes) and set(boxes) <= set(_boxes(other["lines"]))
    return False


def _end(one: Anchor) -> int:
    end: int = one["text"] + one["length"]
    return end


def _boxes(lines: Sequence[Line]) -> list[tuple[int, ...]]:
    """Of the words: y0, y1, x0, x1."""
    return [(y0, y1, x0, x1) for y0, y1, flat in lines for x0, x1 in zip(flat[1::3], flat[2::3], strict=True)]
