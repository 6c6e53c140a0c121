"""Rows of many answers become one array: each printed row once, however many windows showed it."""

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.extraction.candidates import Candidate, same_value
from pipeline.extraction.model.placing import RowPlace, reads_on
from pipeline.extraction.pointers import Path


@dataclass(kw_only=True, slots=True)
class SaidRow:
    """A row as one answer has it."""

    values: Mapping[Path, Candidate]
    """By the path below the row."""
    place: RowPlace | None
    parts: frozenset[int]
    """The parts that the answer is about."""


@dataclass(kw_only=True, slots=True)
class MergedRow:
    """A row with all that answers say of it."""

    key: tuple[int, int]
    """Sorts rows: the place, or that of the row before it; then the order in which they came."""
    values: dict[Path, list[Candidate]] = field(default_factory=dict)
    placed: bool = True
    parts: frozenset[int] = frozenset()
    said: set[int] = field(default_factory=set)
    """Indices of the answers it is from."""


class RowMerger:
    """Takes the rows of answers, one answer after another."""

    def __init__(self) -> None:
        self._rows: list[MergedRow] = []
        self._marks: dict[tuple[Path, int], MergedRow] = {}
        self._unplaced: dict[frozenset[tuple[Path, object]], list[MergedRow]] = {}
        self._spans: dict[Path, list[tuple[int, int, MergedRow]]] = {}
        """Stretches that values of rows cover, in order."""
        self._width = 0
        self._answers = 0

    def add(self, rows: Sequence[SaidRow]) -> None:
        """The rows of one answer, in its order."""
        answer, self._answers = self._answers, self._answers + 1
        before = 0
        for index, row in enumerate(rows):
            known = self._known(row, answer)
            if known is None and index == 0 and (begun := self._begun_before(row)) is not None:
                self._go_on(begun, row, answer)
                continue
            if known is None:
                start = row.place.start if row.place is not None else before
                known = MergedRow(key=(start, len(self._rows)), placed=row.place is not None, parts=row.parts)
                self._rows.append(known)
            self._join(known, row, answer)
            before = known.key[0]

    def rows(self) -> list[MergedRow]:
        """All rows as they stand in the document; those without a place behind the one that was said before them."""
        return sorted(self._rows, key=lambda row: row.key)

    def _known(self, row: SaidRow, answer: int) -> MergedRow | None:
        """The same row of another answer: at the same place, or without one and with the same values.

        Whether places are the same is decided by most of their marks: a cell may serve several rows.
        """
        if row.place is None:
            same = self._unplaced.get(_key(row), [])
            return next((each for each in same if answer not in each.said and each.parts & row.parts), None)
        return self._same_place(row.place.marks, answer) or self._rest_of(row.place, answer)

    def _same_place(self, marks: set[tuple[Path, int]], answer: int) -> MergedRow | None:
        votes = Counter(id(self._marks[mark]) for mark in marks if mark in self._marks)
        if not votes:
            return None
        best, count = votes.most_common(1)[0]
        if 2 * count < len(marks):
            return None
        found = next(self._marks[mark] for mark in marks if mark in self._marks and id(self._marks[mark]) == best)
        return None if answer in found.said else found

    def _rest_of(self, place: RowPlace, answer: int) -> MergedRow | None:
        """The row of which this one is only the end, behind a page break: all it says stands inside of that one."""
        if 2 * len(place.cells) > self._width:
            return None
        around = [self._around(path, *span) for path, spans in place.cells.items() for span in spans]
        first = around[0] if around else None
        same = first is not None and all(each is first for each in around)
        return first if first is not None and same and answer not in first.said else None

    def _begun_before(self, row: SaidRow) -> MergedRow | None:
        """The last row of the pages before, where no window shows both pages and this can only be that row's end.

        It is an end when it is text alone, and less than half of what rows have.
        """
        texts = all(isinstance(candidate.value, str) for candidate in row.values.values())
        last = max(self._rows, key=lambda each: each.key, default=None)
        if row.place is None or last is None or not texts or 2 * len(row.values) > self._width:
            return None
        goes_on = set(row.values) <= set(last.values)
        return last if goes_on and last.placed and last.parts.isdisjoint(row.parts) else None

    def _go_on(self, begun: MergedRow, row: SaidRow, answer: int) -> None:
        for path, end in row.values.items():
            begun.values[path] = [_continued(begin, end) for begin in begun.values[path]]
        begun.said.add(answer)
        begun.parts |= row.parts

    def _around(self, path: Path, start: int, end: int) -> MergedRow | None:
        spans = self._spans.get(path, [])
        index = bisect_right(spans, start, key=lambda span: span[0]) - 1
        if index < 0 or spans[index][1] < end:
            return None
        return spans[index][2]

    def _join(self, known: MergedRow, row: SaidRow, answer: int) -> None:
        known.said.add(answer)
        known.parts |= row.parts
        for path, candidate in row.values.items():
            known.values[path] = _with(known.values.get(path, []), candidate)
        if row.place is None:
            self._unplaced.setdefault(_key(row), []).append(known)
        else:
            self._width = max(self._width, len(row.place.cells))
            for path, spans in row.place.cells.items():
                for start, end in spans:
                    if (path, start) not in self._marks:
                        self._marks[path, start] = known
                        insort(self._spans.setdefault(path, []), (start, end, known), key=lambda span: span[0])


def _with(candidates: list[Candidate], new: Candidate) -> list[Candidate]:
    """Candidates with one more; a text that only is a part of another one gives way to it."""
    if any(reads_on(new.value, each.value) for each in candidates):
        return candidates
    return [*(each for each in candidates if not reads_on(each.value, new.value)), new]


def _continued(begin: Candidate, end: Candidate) -> Candidate:
    return Candidate(
        value=f"{begin.value} {end.value}",
        score=min(begin.score, end.score),
        source=begin.source,
        places=lambda: [*begin.places(), *end.places()],
    )


def _key(row: SaidRow) -> frozenset[tuple[Path, object]]:
    return frozenset((path, same_value(candidate.value)) for path, candidate in row.values.items())
