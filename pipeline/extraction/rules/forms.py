"""Free keys with their values: what a form prints beside or above what was filled in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.extraction.layout.runs import Run
from pipeline.extraction.leaves import Array, Leaf, Object
from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.hits import Span
from pipeline.extraction.rules.tokens import words_of_name
from pipeline.extraction.rules.zones import aligned

MAX_KEY_WORDS = 9
MAX_KEY = 70
CLOSE_BELOW = 1.2
"""Gap to a value under its key, in heights of the key."""
_KEY = re.compile(r"(?:^|(?<=\s))([A-ZÀ-Þ0-9#(][^:]{0,69}?)\s*:(?!//|\d\d(?!\d))")
_NEXT_KEY = re.compile(r"\s(?=[A-ZÀ-Þ#][\w#.&/'-]*(?:\s[a-zà-ÿ#][\w#.&/'-]*){0,4}\s?:(?!//|\d\d(?!\d)))")
"""A word in capitals with those in small letters behind it, before a colon."""
_LEADER = re.compile(r"([A-ZÀ-Þ][^:]{0,60}?)\s*(?:[.·…_]{3,}|[-–]{2,})\s*(?=\w)")
"""A key whose value stands behind a line of dots or dashes."""
_FILLER = re.compile(r"[\s_.…‥·]{3,}|^[\s:_.…]+|[\s_]+$")
_KEY_NAMES = frozenset({"key", "label", "question", "field", "attribute", "property"})
_VALUE_NAMES = frozenset({"value", "answer", "content", "text", "response"})


@dataclass(frozen=True, slots=True)
class Pair:
    """A key with its value; the value is empty where nothing was filled in."""

    key: Span
    value: tuple[Span, ...]
    sure: bool
    """Whether key and value stand in one run."""


def pair_leaves(array: Array) -> tuple[Leaf, Leaf] | None:
    """The leaves for key and value where an array's items are pairs of them."""
    if not isinstance(array.item, Object):
        return None
    plain = {name: child for name, child in array.item.children.items() if isinstance(child, Leaf)}
    key = next((leaf for name, leaf in plain.items() if _KEY_NAMES.intersection(words_of_name(name))), None)
    value = next((leaf for name, leaf in plain.items() if _VALUE_NAMES.intersection(words_of_name(name))), None)
    return (key, value) if key and value and len(plain) <= 3 else None


def form_pairs(view: View) -> list[Pair]:
    """The pairs of a document in reading order."""
    pairs: list[Pair] = []
    used: set[Run] = set()
    for row in view.layout.rows:
        for run in row.runs:
            if run not in used:
                pairs += _pairs_of(view, run, used)
    return pairs


def _pairs_of(view: View, run: Run, used: set[Run]) -> Iterator[Pair]:
    for start, colon, end in _keys(view, run):
        behind = _filled(run, colon + 1, end)
        key = (run, start, len(run.text[:colon].rstrip()))
        if behind:
            yield Pair(key, tuple(behind), sure=True)
        elif end == len(run.text):
            yield Pair(key, tuple(_elsewhere(view, run, used)), sure=False)
        else:
            yield Pair(key, (), sure=True)
    leader = _LEADER.match(run.text) if ":" not in run.text else None
    if leader is not None and len(leader[1].split()) <= MAX_KEY_WORDS:
        yield Pair((run, 0, leader.end(1)), ((run, leader.end(), len(run.text)),), sure=True)
    elif ":" not in run.text and view.labels.is_label(run):
        values = _elsewhere(view, run, used)
        if values:
            yield Pair((run, 0, len(run.text)), tuple(values), sure=False)


def _keys(view: View, run: Run) -> Iterator[tuple[int, int, int]]:
    """Start of a key, place of its colon, and end of its value, for each key of a run."""
    text, position = run.text, 0
    known = [label.start for label in view.labels.in_run(run) if label.colon]
    while match := _KEY.search(text, position):
        key = match[1]
        if len(key.split()) > MAX_KEY_WORDS or len(key) > MAX_KEY or not any(char.isalpha() for char in key):
            return
        following = _NEXT_KEY.search(text, match.end())
        ends = [start - 1 for start in known if start > match.end()] + ([following.start()] if following else [])
        end = min(ends, default=len(text))
        yield match.start(1), match.end() - 1, end
        position = end


def _filled(run: Run, start: int, end: int) -> list[Span]:
    """The text between, without lines of dots and underscores around it."""
    text = run.text[start:end]
    bare = _FILLER.sub(" ", text).strip()
    if not any(char.isalnum() or char in "✓✔☑☒" for char in bare):
        return []
    first = start + next(i for i, char in enumerate(text) if char.isalnum() or char in "([$€£✓✔☑☒+\"'")
    return [(run, first, first + len(run.text[first:end].rstrip(" _.…")))] if first < end else []


def _elsewhere(view: View, run: Run, used: set[Run]) -> list[Span]:
    """The value to the right of a key, else right under it; a run that is a key itself is no value."""
    right = next(iter(view.layout.right_of(run)), None)
    if right is not None and not _is_key(view, right) and right not in used:
        value = _filled(right, 0, len(right.text))
        if value:
            used.add(right)
            return value
    for row in view.layout.below(run.row, 2):
        if row.box[1] - run.box[3] > CLOSE_BELOW * run.height:
            break
        below = next((each for each in row.runs if aligned(run.box, each)), None)
        if below is not None and not _is_key(view, below) and below not in used:
            used.add(below)
            return _filled(below, 0, len(below.text))
    return []


def _is_key(view: View, run: Run) -> bool:
    return next(_keys(view, run), None) is not None or view.labels.is_label(run)
