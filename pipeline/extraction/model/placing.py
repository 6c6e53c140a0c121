"""Where the rows of an array stand: each row of an answer at a place of its own.

A row is looked for by all its values together, so that an amount is taken from its own line and not from another one
that has the same. Equal rows get places one after the other; a row said more often than it is printed gets none.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.extraction.flow import Flow
from pipeline.extraction.grounding import Grounder, Place
from pipeline.extraction.pointers import Path
from pipeline.extraction.values.folding import fold, squeeze

MOST_TRIES = 48
"""Places of a row's rarest value that are tried, those next to the row before it first."""
ANCHORS = 3
"""Values of a row that are tried as its rarest one."""
LINE = 600
"""Characters of a longest line that is taken for one row of a table."""
REACH = 60
"""Characters beyond the row's own length in which its values stand together."""
BEHIND = 900
"""Characters behind a row's place in which the rest of a wrapped text is looked for, page breaks included."""
WORDS_FOUND = 0.8


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One value of a row, with what it is looked for by."""

    value: Any
    kind: str | None
    chosen: bool = False
    """Whether it is one of given values, which need not stand in the document word for word."""


@dataclass(kw_only=True, slots=True)
class RowPlace:
    """A row's place: where each value was found, and how similar (0 to 1)."""

    start: int
    """Offset that sorts rows."""
    cells: dict[Path, list[Place]] = field(default_factory=dict)
    similarity: dict[Path, float] = field(default_factory=dict)

    @property
    def marks(self) -> set[tuple[Path, int]]:
        """What tells this place from others: where its values begin."""
        return {(path, start) for path, places in self.cells.items() for start, _ in places}


Row = Mapping[Path, Cell]


class RowPlacer:
    """Places the rows of one answer, in their order; no place is given twice."""

    def __init__(self, flow: Flow, grounder: Grounder, within: Place, begin: int) -> None:
        self._flow = flow
        self._grounder = grounder
        self._within = within
        self._cursor = begin
        self._taken: set[tuple[Path, int]] = set()
        self._found: dict[tuple[str | None, str, type], Sequence[Place]] = {}

    def place(self, row: Row) -> RowPlace | None:
        """The row's place; `None` where less than half of its values stand together anywhere."""
        groundable = {path: cell for path, cell in row.items() if not isinstance(cell.value, bool)}
        needed = sum(not cell.chosen for cell in groundable.values())
        places = {path: self._places(cell) for path, cell in groundable.items()}
        rare = sorted((path for path in places if places[path]), key=lambda path: len(places[path]))
        reach = sum(len(str(cell.value)) + 4 for cell in row.values()) + REACH
        taken = 0
        for anchor in rare[:ANCHORS]:
            best, claimed = self._best(anchor, places)
            taken = max(taken, claimed)
            if best is None:
                continue
            self._join_pieces(best, groundable)
            if len(best.cells) < taken:
                continue  # it stands where another row is already: the same row, said once more
            self._look_around(best, places, reach)
            if 2 * sum(not groundable[path].chosen for path in best.cells) >= needed:
                self._taken |= best.marks
                self._cursor = best.cells[anchor][0][1]
                return best
        return None

    def _places(self, cell: Cell) -> Sequence[Place]:
        key = (cell.kind, str(cell.value), type(cell.value))
        if key not in self._found:
            self._found[key], _ = self._grounder.places(cell.value, kind=cell.kind, within=self._within, fuzzy=False)
        return self._found[key]

    def _best(self, anchor: Path, places: Mapping[Path, Sequence[Place]]) -> tuple[RowPlace | None, int]:
        """Of the places of the rarest value the one where most others stand beside it, and that no row has yet.

        Also how many values stand together at most where a row is already.
        """
        claimed = 0
        best: tuple[tuple[int, int, bool, int], RowPlace] | None = None
        for at in self._tries(places[anchor]):
            cells = {path: [place] for path, found in places.items() if (place := self._on_line(at, found))}
            tried = RowPlace(start=at[0], cells=cells, similarity=dict.fromkeys(cells, 1.0))
            fresh = len(tried.marks - self._taken)
            if 2 * fresh < len(tried.marks):
                claimed = max(claimed, len(cells))
                continue
            rank = (-len(cells), -fresh, at[0] < self._cursor, abs(at[0] - self._cursor))
            if best is None or rank < best[0]:
                best = (rank, tried)
        return (best[1] if best else None), claimed

    def _tries(self, found: Sequence[Place]) -> Sequence[Place]:
        """Places to try: from where the last row was found on, then the ones before."""
        if len(found) <= MOST_TRIES:
            return found
        middle = bisect_left(found, (self._cursor,))
        behind = found[middle : middle + MOST_TRIES]
        return [*behind, *found[max(0, middle - MOST_TRIES // 2) : middle]]

    def _on_line(self, at: Place, found: Sequence[Place]) -> Place | None:
        """The place nearest to another, on the same line; what is not there is looked for later."""
        first, last = self._line(at)
        index = bisect_left(found, at)
        near = (each for each in found[max(0, index - 2) : index + 3] if first <= each[0] < last)
        return min(near, key=lambda each: abs(each[0] - at[0]), default=None)

    def _beside(self, at: int, found: Sequence[Place], reach: int) -> Place | None:
        """The nearest place within reach."""
        index = bisect_left(found, (at,))
        near = (each for each in found[max(0, index - 3) : index + 3] if abs(each[0] - at) <= reach)
        return min(near, key=lambda each: abs(each[0] - at), default=None)

    def _line(self, at: Place) -> Place:
        text = self._flow.text
        least, most = max(0, at[0] - LINE), min(len(text), at[0] + LINE)
        first, last = text.rfind("\n", least, at[0]), text.find("\n", at[0], most)
        return first + 1 if first >= 0 else least, last if last >= 0 else most

    def _join_pieces(self, place: RowPlace, row: Row) -> None:
        """Add texts that other cells or a page break cut to pieces, found word by word behind the row's beginning."""
        first = min(self._line((place.start, place.start))[0], *(spans[0][0] for spans in place.cells.values()))
        for path, cell in row.items():
            if path not in place.cells and isinstance(cell.value, str) and " " in cell.value:
                runs, share = self._runs(cell.value, first)
                if share >= WORDS_FOUND:
                    place.cells[path], place.similarity[path] = runs, share

    def _look_around(self, place: RowPlace, places: Mapping[Path, Sequence[Place]], reach: int) -> None:
        """Add values that stand near, though not on the row's own line."""
        for path, found in places.items():
            if path not in place.cells and (near := self._beside(place.start, found, reach)) is not None:
                place.cells[path], place.similarity[path] = [near], 1.0
        starts = sorted(spans[0][0] for spans in place.cells.values())
        place.start = starts[len(starts) // 2]

    def _runs(self, value: str, first: int) -> tuple[list[Place], float]:
        """Stretches that hold the words of a text in their order, and the share of them that was found."""
        words = squeeze(value).split()
        folded, at, found = self._flow.folded, first, 0
        end = min(len(folded), first + BEHIND + 2 * len(value))
        runs: list[Place] = []
        for word in words:
            start = _whole(folded, word, at, end)
            if start < 0:
                continue
            found, at = found + 1, start + len(word)
            if runs and not folded[runs[-1][1] : start].strip():
                runs[-1] = (runs[-1][0], at)
            else:
                runs.append((start, at))
        return runs, found / len(words) if words else 0.0


def _whole(text: str, word: str, start: int, end: int) -> int:
    """Where a word stands for itself."""
    at = text.find(word, start, end)
    while at >= 0:
        stop = at + len(word)
        inside = at > 0 and text[at - 1].isalnum() and word[0].isalnum()
        goes_on = stop < len(text) and text[stop].isalnum() and word[-1].isalnum()
        if not inside and not goes_on:
            return at
        at = text.find(word, at + 1, end)
    return -1


def reads_on(short: Any, long: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether one text is a part of another: what a page break left of it."""
    if not (isinstance(short, str) and isinstance(long, str)) or len(short) >= len(long):
        return False
    return " ".join(fold(short).split()) in " ".join(fold(long).split())
