"""Free keys with their values: what a form prints beside or above what was filled in."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from pipeline.extraction.leaves import Array, Leaf, Object
from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.forms.continuation import continued
from pipeline.extraction.rules.forms.scoring import INSIDE, LEAST, below, beside, keyness, unlike, valueness
from pipeline.extraction.rules.forms.segments import Segment, key_words, segments_of
from pipeline.extraction.rules.hits import Span
from pipeline.extraction.rules.tokens import words_of_name

ROWS_BELOW = 3
MANY = 6
"""Texts of a line, and words of a key, from which on more of them say no more."""
ALIGNED_ROWS = 6
"""Rows above and below in which texts that begin a line alike speak for one another."""
_KEY_NAMES = frozenset({"key", "label", "question", "field", "attribute", "property"})
_VALUE_NAMES = frozenset({"value", "answer", "content", "text", "response"})


@dataclass(frozen=True, slots=True)
class Pair:
    """A key with its value; the value is empty where nothing was filled in."""

    key: tuple[Span, ...]
    value: tuple[Span, ...]
    score: float
    """How well they fit, from `scoring.LEAST` to about 6."""
    relation: str = "none"
    """Where the value stands: `inside` the key's run, `right`, or `below`; with a colon behind the key `colon:…`."""
    marks: Mapping[str, float] = field(default_factory=dict)
    """See `_Form.marks`."""


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
    form = _Form(view)
    chosen = form.choose()
    values = {id(value) for value, _, _ in chosen.values() if value is not None}
    keys = {id(key) for key in form.segments if key.key or id(key) in chosen}
    taken = keys | values
    pairs = []
    for segment in form.segments:
        if id(segment) not in keys:
            continue
        value, score, relation = chosen.get(id(segment), (None, LEAST, "none"))
        more = continued(form.rows, segment, value, taken) if value is not None else []
        taken.update(id(each) for each in more)
        spans = [each.span for each in ([value, *more] if value is not None else [])]
        marks = form.marks(segment, value, more) if value is not None else {}
        pairs.append(Pair((segment.span,), tuple(spans), score, relation, marks))
    return pairs


def _nearest(starts: Sequence[float], left: float) -> float:
    """How far the nearest of the places, in their order, is away."""
    place = bisect_left(starts, left)
    return min((abs(start - left) for start in starts[max(0, place - 1) : place + 1]), default=inf)


class _Form:
    """The segments of a document and what they may be to one another."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.rows: list[list[Segment]] = [
            [each for run in row.runs for each in segments_of(view, run)] for row in view.layout.rows
        ]
        self.segments = [each for row in self.rows for each in row]
        self._starts = [sorted(each.box[0] for each in row[:-1]) for row in self.rows]
        self._keyness = {
            id(each): keyness(view, each, self._aligned(number, each))
            for number, row in enumerate(self.rows)
            for each in row
        }

    def _aligned(self, number: int, segment: Segment) -> int:
        """Rows nearby in which a text that has another one to its right begins where this one does."""
        left, tolerance = segment.box[0], 0.6 * segment.height
        return sum(
            _nearest(self._starts[near], left) < tolerance
            for near in range(max(0, number - ALIGNED_ROWS), min(len(self.rows), number + 1 + ALIGNED_ROWS))
            if near != number and self.rows[near] and self.rows[near][0].run.page == segment.run.page
        )

    def choose(self) -> dict[int, tuple[Segment | None, float, str]]:
        """The value of each key, the best pairs first; each text takes part once."""
        options = sorted(self._options(), key=lambda each: (each[1].value is None, -each[0]))
        chosen: dict[int, tuple[Segment | None, float, str]] = {}
        used: set[int] = set()
        for score, key, value, relation in options:
            if score < LEAST or id(key) in chosen or id(key) in used or id(value) in used or id(value) in chosen:
                continue
            chosen[id(key)] = (value, score, f"colon:{relation}" if key.key else relation)
            used.add(id(value))
        return chosen

    def marks(self, key: Segment, value: Segment, more: Sequence[Segment]) -> dict[str, float]:
        """What confidence hears of a pair beside its score, each 0 to 1."""
        height = self._view.layout.page_sizes.get(key.run.page, (0.0, 0.0))[1]
        known = key_words().intersection(value.words)
        return {
            "ocr": min(each.run.confidence for each in (value, *more)),
            "low": min(1.0, max(0.0, key.box[1] / height)) if height else 0.5,
            "crowded": min(1.0, (len(self.rows[value.run.row]) - 1) / MANY),
            "like a key": len(known) / len(value.words) if value.words else 0.0,
            "long key": min(1.0, len(key.words) / MANY),
        }

    def _options(self) -> Iterator[tuple[float, Segment, Segment, str]]:
        for number, row in enumerate(self.rows):
            for index, key in enumerate(row):
                if key.value is not None:
                    yield max(LEAST, self._score(key, key.value, INSIDE)), key, key.value, "inside"
                    continue
                own = self._keyness[id(key)]
                if own < 0:
                    continue
                if index + 1 < len(row):
                    value = row[index + 1]
                    yield self._score(key, value, beside(key, value)), key, value, "right"
                for value in self._under(number, key):
                    yield self._score(key, value, below(key, value)), key, value, "below"

    def _score(self, key: Segment, value: Segment, place: float) -> float:
        own = self._keyness[id(key)]
        rival = 0.0 if value.key or id(value) not in self._keyness else max(0.0, self._keyness[id(value)] - own)
        return own + valueness(self._view, value) + place + unlike(key, value) - 0.6 * rival

    def _under(self, number: int, key: Segment) -> Sequence[Segment]:
        found: list[Segment] = []
        for row in self.rows[number + 1 : number + 1 + ROWS_BELOW]:
            found += [each for each in row if each.run.page == key.run.page and below(key, each) > 0]
            if found:
                break
        return found
