"""Rows of many answers become one array: each printed row once, however many windows showed it."""

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
        self._answers = 0

    def add(self, rows: Sequence[SaidRow]) -> None:
        """The rows of one answer, in its order."""
        answer, self._answers = self._answers, self._answers + 1
        before = 0
        for row in rows:
            known = self._known(row, answer)
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
        marks = row.place.marks
        votes = Counter(id(self._marks[mark]) for mark in marks if mark in self._marks)
        if not votes:
            return None
        best, count = votes.most_common(1)[0]
        if 2 * count < len(marks):
            return None
        found = next(self._marks[mark] for mark in marks if mark in self._marks and id(self._marks[mark]) == best)
        return None if answer in found.said else found

    def _join(self, known: MergedRow, row: SaidRow, answer: int) -> None:
        known.said.add(answer)
        known.parts |= row.parts
        for path, candidate in row.values.items():
            known.values[path] = _with(known.values.get(path, []), candidate)
        if row.place is None:
            self._unplaced.setdefault(_key(row), []).append(known)
        else:
            for mark in row.place.marks:
                self._marks.setdefault(mark, known)


def _with(candidates: list[Candidate], new: Candidate) -> list[Candidate]:
    """Candidates with one more; a text that only is a part of another one gives way to it."""
    if any(reads_on(new.value, each.value) for each in candidates):
        return candidates
    return [*(each for each in candidates if not reads_on(each.value, new.value)), new]


def _key(row: SaidRow) -> frozenset[tuple[Path, object]]:
    return frozenset((path, same_value(candidate.value)) for path, candidate in row.values.items())
