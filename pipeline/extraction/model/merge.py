"""All that a model said about a document, and what was known before, become one `Extraction`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pipeline.extraction.assembling import Assembler, Found
from pipeline.extraction.candidates import Candidate
from pipeline.extraction.completeness import Estimates
from pipeline.extraction.embedded.reconcile import DISAGREES
from pipeline.extraction.flow import Flow
from pipeline.extraction.grounding import Grounder, Place
from pipeline.extraction.leaves import ROW, Array, Leaf, Object, arrays, leaves, read_schema
from pipeline.extraction.merging import choose
from pipeline.extraction.model import confidence
from pipeline.extraction.model.answers import Piece, Reading
from pipeline.extraction.model.gaps import gap_notices
from pipeline.extraction.model.paths import fields_of, flattened, starred
from pipeline.extraction.model.placing import Cell, RowPlace, RowPlacer
from pipeline.extraction.model.ranges import PartRanges
from pipeline.extraction.model.rows import MergedRow, RowMerger, SaidRow
from pipeline.extraction.pointers import Path, look_up, pointer
from pipeline.extraction.values.locale import judge_locale
from schemas.documents import Document, Notice
from schemas.evidence import Evidence
from schemas.extraction import Extraction, FieldValue

MODEL = "model"
FEW = 4
"""Values from which on it says something how many of them were found in the document."""
FOUNDED = 0.5

Progress = Callable[[float], None]


@dataclass(kw_only=True)
class Merger:
    """Merges into what was known before. `asked` are the paths of leaves and arrays that the model was asked for."""

    document: Document
    schema: Mapping[str, Any]
    before: Extraction
    reading: Reading
    asked: set[Path]
    sizes: Mapping[int, int]
    """How much text each part has, by its number."""
    progress: Progress = lambda _: None
    _found: list[Found] = field(default_factory=list)
    _unplaced: dict[Path, int] = field(default_factory=dict)
    _tally: list[bool] = field(default_factory=list)
    """Of each value that the model gave, whether it was found."""

    def __post_init__(self) -> None:
        self._tree: Object = read_schema(self.schema)
        self._flow = Flow.of(self.document)
        points = self.document.media_type == "application/pdf"
        sizes = [(page.width, page.height) for page in self.document.pages] if points else []
        locale = judge_locale(self._flow.text, language=self.document.language, page_sizes=sizes)
        self._grounder = Grounder(self._flow, locale)
        self._ranges = PartRanges(self._flow, self.sizes)
        self._pieces = sorted(self.reading.pieces, key=lambda piece: piece.order)

    def merge(self) -> Extraction:
        """The extraction; its counts of rows are those from before."""
        outer = [array for array in arrays(self._tree) if ROW not in array.path]
        self._found += [
            _kept(path, value) for path, value in fields_of(self.before, self._tree) if not self._is_asked(path)
        ]
        self._scalars()
        for done, array in enumerate(outer):
            if array.path in self.asked:
                self._array(array, partial(self._tell, done, len(outer)))
        told = [array for array in outer if pointer(array.path) in self.before.rows]
        merged = Assembler(self._tree, self.schema, self._found).assemble(
            {array.path: self._count(array, self._returned(array)) for array in told}
        )
        self._note(merged)
        return merged

    def _returned(self, array: Array) -> int:
        length = len(array.path)
        return len({found.path[length] for found in self._found if found.path[:length] == array.path})

    def _is_asked(self, path: Path) -> bool:
        whole = next((path[:n] for n, step in enumerate(path) if isinstance(step, int)), path)
        return whole in self.asked

    def _tell(self, done: int, arrays: int, share: float) -> None:
        self.progress(0.1 + 0.7 * (done + share) / arrays)

    def _count(self, array: Array, returned: int) -> int | None:
        """Rows to compare with so many returned ones."""
        name = pointer(array.path)
        count = self.before.rows.get(name)
        if count is None or count.counted is None:
            return None
        counts = self.before.counts.get(name, [count.counted])
        return Estimates(counts=tuple(counts)).against(returned)

    def _scalars(self) -> None:
        for leaf in leaves(self._tree):
            if leaf.path in self.asked:
                candidates = [each for piece in self._pieces if (each := self._candidate(leaf, piece))]
                said = bool(candidates)
                candidates += _opinion(self.before, leaf.path, said=said)
                choice = choose(candidates)
                if choice is not None:
                    self._settle(leaf.path, choice.candidate, choice.confidence)

    def _candidate(self, leaf: Leaf, piece: Piece) -> Candidate | None:
        value = look_up(piece.data, leaf.path)
        if value is None:
            return None
        within = self._ranges.of(piece.parts)
        found = self._grounder.ground(value, kind=leaf.hint, labels=leaf.texts, within=within)
        if leaf.members is None:
            self._tally_of(value, found=found is not None)
        evidence = found.evidence if found else []
        probability = piece.probabilities.get(pointer(leaf.path))
        return Candidate(
            value=value,
            score=confidence.score(probability, found.similarity if found else None),
            source=MODEL,
            places=lambda: evidence,
        )

    def _tally_of(self, value: Any, *, found: bool) -> None:  # noqa: ANN401 - any JSON value
        if not isinstance(value, bool) and (found or len(str(value)) > 1):
            self._tally.append(found)

    def _array(self, array: Array, progress: Progress) -> None:
        inner = {leaf.path[len(array.path) + 1 :]: leaf for leaf in leaves(array.item)}
        merger = RowMerger()
        chains = list(_chains(self._pieces))
        for done, chain in enumerate(chains):
            progress(done / len(chains))
            merger.add(list(self._said(array, chain, inner)))
        rows = merger.rows()
        if self._had_better(array, len(rows)):
            self._found += [
                _kept(path, value)
                for path, value in fields_of(self.before, self._tree)
                if path[: len(array.path)] == array.path
            ]
            return
        # Rows can be told apart by their number only where both readers have as many.
        alike = len(look_up(self.before.data, array.path) or []) == len(rows)
        for index, row in enumerate(rows):
            self._take((*array.path, index), row, second=alike)
        self._unplaced[array.path] = sum(not row.placed for row in rows)

    def _had_better(self, array: Array, rows: int) -> bool:
        """Whether the rows from before are as many as were counted and the model's are not, or the model gave none."""
        known = look_up(self.before.data, array.path) or []
        whole = len(known) == self._count(array, len(known))
        return bool(known) and (not rows or (rows != self._count(array, rows) and whole))

    def _said(self, array: Array, chain: Sequence[Piece], inner: Mapping[Path, Leaf]) -> Iterator[SaidRow]:
        """Rows of answers to one window that go on where the one before was cut."""
        within = self._ranges.of(chain[0].parts)
        placer = RowPlacer(self._flow, self._grounder, within, self._ranges.begin(chain[0].parts))
        seen: set[str] = set()
        for turn, piece in enumerate(chain):
            for index, row in enumerate(look_up(piece.data, array.path) or []):
                flat = dict(flattened(row, ()))
                if not flat:
                    continue
                cells = {path: _cell(value, inner.get(starred(path))) for path, value in flat.items()}
                place = placer.place(cells)
                key = str(sorted((pointer(path), str(value)) for path, value in flat.items()))
                if place is None and turn and key in seen:
                    continue  # said again, though only what is behind it was asked for
                seen.add(key)
                yield self._said_row(piece, (*array.path, index), cells, place)

    def _said_row(self, piece: Piece, base: Path, cells: Mapping[Path, Cell], place: RowPlace | None) -> SaidRow:
        values: dict[Path, Candidate] = {}
        for path, cell in cells.items():
            spans = place.cells.get(path, []) if place is not None else []
            similarity = place.similarity.get(path) if place is not None else None
            if not cell.chosen:
                self._tally_of(cell.value, found=bool(spans))
            probability = piece.probabilities.get(pointer((*base, *path)))
            values[path] = Candidate(
                value=cell.value,
                score=confidence.score(probability, similarity),
                source=MODEL,
                places=partial(self._evidence, spans),
            )
        return SaidRow(values=values, place=place, parts=frozenset(piece.parts))

    def _evidence(self, spans: Sequence[Place]) -> list[Evidence]:
        return [each for start, end in spans for each in self._flow.evidence(start, end)]

    def _take(self, base: Path, row: MergedRow, *, second: bool) -> None:
        for below, candidates in row.values.items():
            path = (*base, *below)
            choice = choose([*candidates, *(_opinion(self.before, path, said=True) if second else ())])
            if choice is not None:
                self._settle(path, choice.candidate, choice.confidence)

    def _settle(self, path: Path, candidate: Candidate, sure: float) -> None:
        evidence = candidate.places()
        self._found.append(
            Found(path=path, value=candidate.value, confidence=sure, evidence=evidence, grounded=bool(evidence))
        )

    def _note(self, merged: Extraction) -> None:
        """What kept the answers from being whole, and what speaks against them."""
        gaps = self.reading.gaps
        merged.truncated = self.before.truncated or bool(gaps)
        merged.warnings[:0] = [*gap_notices(gaps)]
        # No model was asked for what the file states, so what was said of it still holds.
        merged.warnings += [notice for notice in self.before.warnings if notice.code == DISAGREES]
        for path, count in self._unplaced.items():
            name = pointer(path)
            if name in merged.rows:
                merged.rows[name].unplaced = count
        found = sum(self._tally)
        if len(self._tally) >= FEW and found < FOUNDED * len(self._tally):
            message = f"Only {found} of the {len(self._tally)} values that the model gave stand in the document."
            merged.warnings.append(Notice(code="values-unfounded", message=message))
        merged.counts = self.before.counts
        merged.produced_by = self.before.produced_by | {"extraction": self.reading.model, "prompt": self.reading.prompt}


def _cell(value: Any, leaf: Leaf | None) -> Cell:  # noqa: ANN401 - any JSON value
    if leaf is None:
        return Cell(value=value, kind=None)
    return Cell(value=value, kind=leaf.hint, chosen=leaf.members is not None)


def _chains(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Answers about the same window, one going on where the other was cut."""
    chain: list[Piece] = []
    for piece in pieces:
        if chain and (piece.parts, piece.order[:1]) != (chain[0].parts, chain[0].order[:1]):
            yield chain
            chain = []
        chain.append(piece)
    if chain:
        yield chain


def _kept(path: Path, value: FieldValue) -> Found:
    return Found(
        path=path,
        value=value.value,
        confidence=value.confidence,
        evidence=value.evidence,
        grounded=value.grounded,
    )


def _opinion(before: Extraction, path: Path, *, said: bool) -> list[Candidate]:
    """What was known of a leaf, as one more candidate; a value that no window knows of loses some of its weight."""
    known = before.fields.get(pointer(path))
    if known is None or known.value is None:
        return []
    weight = confidence.SECOND_OPINION if said else confidence.EARLIER
    return [
        Candidate(value=known.value, score=known.confidence * weight, source="before", places=lambda: known.evidence)
    ]
