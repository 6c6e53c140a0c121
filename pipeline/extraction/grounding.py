"""Where a value stands in a document: found by our own code, whoever proposed the value.

A value is looked for by what it means: `1234.50` is found in "1.234,50 EUR" and `2026-03-12` in "12 March 2026". Texts
are found exactly but for spaces, case, accents and punctuation; what is not found so is aligned fuzzily.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from rapidfuzz import fuzz

from pipeline.extraction.flow import Flow
from pipeline.extraction.values.currencies import find_currencies
from pipeline.extraction.values.dates import find_dates
from pipeline.extraction.values.durations import find_durations
from pipeline.extraction.values.folding import fold, squeeze
from pipeline.extraction.values.locale import Locale
from pipeline.extraction.values.numbers import find_numbers
from schemas.evidence import Evidence

SIMILAR = 88.0
"""Least similarity (rapidfuzz partial ratio) of a text aligned fuzzily."""
SHORTEST_FUZZY = 6
LABEL_REACH = 80
"""Characters before a value in which its label may stand."""
WINDOW = 3
"""A fuzzy alignment looks at a window this many times as long as the value, around each word they share."""
MAX_WINDOWS = 60
MAX_SCAN = 100_000
"""Characters of a document that is searched whole where no word is shared."""
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

Place = tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Grounding:
    """The place of a value; `similarity` is 1 where nothing had to be forgiven."""

    evidence: list[Evidence]
    start: int
    """Offset in the running text; rows of one table lie near one another."""
    similarity: float


class Grounder:
    """Looks values up in one document; its indices are built once, when first needed."""

    def __init__(self, flow: Flow, locale: Locale) -> None:
        self._flow = flow
        self._locale = locale

    def ground(
        self,
        value: Any,  # noqa: ANN401 - any JSON value
        *,
        kind: str | None = None,
        labels: Sequence[str] = (),
        near: int | None = None,
        within: Place | None = None,
    ) -> Grounding | None:
        """The place a value was most likely read from, or `None` where the document does not hold it.

        Args:
            value: a leaf of the data. `None`, booleans and empty texts are never found.
            kind: as in `x-sheaf-type`; tells texts that are dates, durations or currencies from others.
            labels: of several places one behind such a text is taken.
            near: offset of a related value, such as one of the same row; else the first place is taken.
            within: stretch of the running text (half open) to look in; else all of it.
        """
        places, similarity = self.places(value, kind=kind, within=within)
        if not places:
            return None
        labelled = [place for place in places if self._has_label(place, labels)]
        if _is_digit(value) and not labelled and near is None:
            return None  # a lone digit stands anywhere
        pool = labelled or places
        start, end = min(pool, key=lambda place: abs(place[0] - near)) if near is not None else pool[0]
        return Grounding(evidence=self._flow.evidence(start, end), start=start, similarity=similarity)

    def places(
        self,
        value: Any,  # noqa: ANN401 - any JSON value
        *,
        kind: str | None = None,
        within: Place | None = None,
        fuzzy: bool = True,
    ) -> tuple[Sequence[Place], float]:
        """All places that hold a value, in order, and how similar they are to it (0 to 1); at most one is fuzzy."""
        stretch = within or (0, len(self._flow.text))
        if value is None or isinstance(value, bool):
            return [], 0.0
        if isinstance(value, int | float | Decimal):
            number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
            return _inside(self._numbers.get(number.normalize(), []), stretch), 1.0
        text = str(value)
        typed = _inside(self._typed(text, kind), stretch)
        if typed:
            return typed, 1.0
        exact = self._exact(text, stretch)
        return (exact, 1.0) if exact or not fuzzy else self._fuzzy(text, stretch)

    def _typed(self, text: str, kind: str | None) -> list[Place]:
        if _ISO_DATE.fullmatch(text):
            return self._dates.get(text, [])
        if kind == "term":
            return self._durations.get(squeeze(text), [])
        if kind == "currency":
            return self._currencies.get(text, [])
        return []

    @cached_property
    def _numbers(self) -> dict[Decimal, list[Place]]:
        found = find_numbers(self._flow.text, self._locale.decimal)
        if any(each.ambiguous for each in found):
            other = find_numbers(self._flow.text, "," if self._locale.decimal == "." else ".")
            found += [each for each in other if each.ambiguous]
        return _index(found, lambda each: each.value.normalize())

    @cached_property
    def _dates(self) -> dict[str, list[Place]]:
        found = find_dates(self._flow.text, self._locale.order, compact=True)
        if any(each.ambiguous for each in found):
            other = find_dates(self._flow.text, "MDY" if self._locale.order == "DMY" else "DMY")
            found += [each for each in other if each.ambiguous]
        return _index(found, lambda each: each.iso)

    @cached_property
    def _durations(self) -> dict[str, list[Place]]:
        return _index(find_durations(self._flow.text), lambda each: each.text)

    @cached_property
    def _currencies(self) -> dict[str, list[Place]]:
        found: dict[str, list[Place]] = {}
        for start, end, code in find_currencies(self._flow.text):
            found.setdefault(code, []).append((start, end))
        return found

    @cached_property
    def _letters(self) -> tuple[str, list[int]]:
        """Letters and digits of the folded text, with the offset of each."""
        offsets = [index for index, char in enumerate(self._flow.folded) if char.isalnum()]
        return "".join(self._flow.folded[index] for index in offsets), offsets

    def _exact(self, text: str, within: Place) -> list[Place]:
        """Places that differ in nothing but spaces and punctuation, and begin and end with words."""
        wanted = "".join(char for char in fold(text) if char.isalnum())
        letters, offsets = self._letters
        places: list[Place] = []
        first, last = bisect_left(offsets, within[0]), bisect_left(offsets, within[1])
        at = letters.find(wanted, first, last) if wanted else -1
        while at >= 0:
            start, end = offsets[at], offsets[at + len(wanted) - 1] + 1
            if self._whole_words(start, end) and end - start < 2 * len(text) + 20:
                places.append((start, end))
            at = letters.find(wanted, at + 1, last)
        return places

    def _whole_words(self, start: int, end: int) -> bool:
        text = self._flow.text
        before = start > 0 and text[start - 1].isalnum()
        after = end < len(text) and text[end].isalnum()
        return not before and not after

    def _fuzzy(self, text: str, within: Place) -> tuple[list[Place], float]:
        wanted = squeeze(text)
        if len(wanted) < SHORTEST_FUZZY:
            return [], 0.0
        best: tuple[float, Place] = (0.0, (0, 0))
        for first, last in self._windows(wanted, within):
            found = fuzz.partial_ratio_alignment(wanted, self._flow.folded[first:last], score_cutoff=SIMILAR)
            if found is not None and found.score > best[0]:
                best = (found.score, self._snap(first + found.dest_start, first + found.dest_end))
        return ([best[1]], best[0] / 100) if best[0] else ([], 0.0)

    def _windows(self, wanted: str, within: Place) -> Iterable[Place]:
        """Stretches around the value's rarest words; the whole text where it is short and shares none."""
        length = len(wanted) * WINDOW
        low, high = within
        shared = [self._words[word] for word in set(re.findall(r"\w{4,}", wanted)) if word in self._words]
        inside = [group[bisect_left(group, low) : bisect_left(group, high)] for group in shared]
        positions = sorted((group for group in inside if group), key=len)[:2]
        found = sorted({at for group in positions for at in group[:MAX_WINDOWS]})
        if not found and high - low <= MAX_SCAN:
            return [within]
        return [(max(low, at - length), min(high, at + length)) for at in found]

    @cached_property
    def _words(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for match in re.finditer(r"\w{4,}", self._flow.folded):
            found.setdefault(match.group(), []).append(match.start())
        return found

    def _snap(self, start: int, end: int) -> Place:
        """The words that a stretch touches."""
        text = self._flow.text
        while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
            start -= 1
        while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
            end += 1
        return start, end

    def _has_label(self, place: Place, labels: Sequence[str]) -> bool:
        start = place[0]
        line = bisect_left(self._flow.offsets, start + 1) - 1
        reach = max(self._flow.offsets[max(0, line - 1)], start - LABEL_REACH)
        before = f" {squeeze(self._flow.text[reach:start])}"
        return any(f" {squeeze(label)}" in before for label in labels if label.strip())


def _inside(places: Sequence[Place], within: Place) -> Sequence[Place]:
    """Those that begin in a stretch; they stand in order."""
    first = bisect_left(places, (within[0],))
    return places[first : bisect_left(places, (within[1],))]


def _index(found: Sequence[Any], key: Callable[[Any], Any]) -> dict[Any, list[Place]]:
    places: dict[Any, list[Place]] = {}
    for each in sorted(found, key=lambda each: each.start):
        span = (each.start, each.end)
        group = places.setdefault(key(each), [])
        if span not in group[-1:]:
            group.append(span)
    return places


def _is_digit(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    number = Decimal(value)
    return abs(number) < 10 and number == number.to_integral_value()
